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

/**
 * The mask of each picture among files of masks; pictures that have two are reported and left out.
 *
 * @param onMissing - told each picture that has none
 */
export function pairMasks(
  report: Report,
  pictures: readonly string[],
  files: readonly string[],
  onMissing?: (picture: string) => void,
): Map<string, string> {
  const masks = byStem(files);
  const pairs = new Map<string, string>();
  for (const picture of pictures) {
    const name = stem(picture);
    const [mask, other] = masks.get(name + MASK_SUFFIX) ?? masks.get(name) ?? [];
    if (mask === undefined) {
      onMissing?.(picture);
    } else if (other !== undefined) {
      reportTwo(report, picture, mask, other);
    } else {
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
  return pairMasks(report, pictures, files, (picture) =>
    reportMissing(report, picture, `${join(truth, stem(picture))}${MASK_SUFFIX}.png`),
  );
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
