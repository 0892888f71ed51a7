/**
 * Masks by the names of their pictures: `<stem>_mask`, or `<stem>` as converted sets have it, with any extension. Where
 * both are there, `<stem>_mask` is the mask, as some sets keep the picture itself beside it. Two of one name are a fault:
 * which of them was meant cannot be known.
 */
import { join } from 'node:path';
import { group } from '../lists.js';
import { stem } from './files.js';
import type { ReadContext, Report } from './layout.js';

const MASK_SUFFIX = '_mask';

/** Paths by their stem. */
export function byStem(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return group(paths, stem);
}

/** Takes note of an anomalous picture without a mask. */
export function reportMissing(report: Report, picture: string, wanted: string): void {
  report('MASK_MISSING', picture, `The anomalous picture ${picture} has no mask: expected ${wanted}`);
}

/** Takes note of an anomalous picture with two masks. */
function reportTwo(report: Report, picture: string, mask: string, other: string): void {
  const message = `The anomalous picture ${picture} has two masks, ${mask} and ${other}: remove one of them`;
  report('DATASET_LAYOUT', picture, message);
}

/** The mask of each picture among files of masks; pictures that have two are reported and left out. */
export function pairMasks(report: Report, pictures: readonly string[], files: readonly string[]): Map<string, string> {
  const masks = byStem(files);
  const pairs = new Map<string, string>();
  for (const picture of pictures) {
    const name = stem(picture);
    const [mask, other] = masks.get(name + MASK_SUFFIX) ?? masks.get(name) ?? [];
    if (mask !== undefined && other !== undefined) {
      reportTwo(report, picture, mask, other);
    } else if (mask !== undefined) {
      pairs.set(picture, mask);
    }
  }
  return pairs;
}

/** The mask of each picture in a folder of masks; those that have none, or two, are reported and left out. */
export async function pairByStem(
  { folders, report }: ReadContext,
  pictures: readonly string[],
  truth: string,
): Promise<Map<string, string>> {
  const files = (await folders.images(truth)) ?? [];
  const pairs = pairMasks(report, pictures, files);
  const named = byStem(files);
  for (const picture of pictures) {
    const name = stem(picture);
    if (!named.has(name) && !named.has(name + MASK_SUFFIX)) {
      reportMissing(report, picture, `${join(truth, name)}${MASK_SUFFIX}.png`);
    }
  }
  return pairs;
}

/** Pictures of a folder, and the masks that lie beside them: `<stem>_mask` where there is a picture `<stem>`. */
export function partMasks(paths: readonly string[]): { readonly pictures: string[]; readonly masks: string[] } {
  const stems = new Set(paths.map(stem));
  const isMask = (path: string): boolean => {
    const name = stem(path);
    return name.endsWith(MASK_SUFFIX) && stems.has(name.slice(0, -MASK_SUFFIX.length));
  };
  return { pictures: paths.filter((path) => !isMask(path)), masks: paths.filter(isMask) };
}
