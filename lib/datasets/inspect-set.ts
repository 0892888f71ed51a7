/** What is to be said of all pictures together: duplicates, objects on both sides, sizes, labels. */
import { group, listed } from '../lists.js';
import { byteOrder } from './files.js';
import { remarkNotes } from './inspect-notes.js';
import type { InspectedPicture } from './inspect-picture.js';
import type { ClassInspection, DatasetRemark, SizeCount, SplitCounts } from './inspection.js';
import type { DatasetFault, Sample, Split } from './types.js';

/** Sizes named in one message. */
const MOST_SIZES = 4;

function sharedClass(samples: readonly Sample[]): string | null {
  const names = new Set(samples.map(({ className }) => className));
  return names.size === 1 ? (samples[0]?.className ?? null) : null;
}

function isTested({ split }: Sample): boolean {
  return split === 'test';
}

/** Faults and remarks about pictures of the same content. */
export function findDuplicates(pictures: readonly InspectedPicture[]): {
  readonly faults: readonly DatasetFault[];
  readonly remarks: readonly DatasetRemark[];
} {
  const faults: DatasetFault[] = [];
  const remarks: DatasetRemark[] = [];
  const known = pictures.filter(({ hash }) => hash !== null);
  for (const same of group(known, ({ hash }) => hash).values()) {
    const samples = same.map(({ sample }) => sample);
    const tested = samples.filter(isTested);
    const seen = samples.filter((sample) => !isTested(sample));
    const [first] = tested;
    const className = sharedClass(samples);
    if (first !== undefined && seen.length > 0) {
      const message = `The same picture is tested on and trained on or held out: ${listed([...tested, ...seen].map(({ path }) => path))}`;
      faults.push({ code: 'DUPLICATE', className, path: first.path, message });
    } else if (samples.length > 1) {
      const message = `The same picture is there ${samples.length} times: ${listed(samples.map(({ path }) => path))}`;
      remarks.push({ code: 'DUPLICATE', className, message });
    }
  }
  return { faults, remarks };
}

/** Objects of a class of which some pictures are tested and others are not. */
function sharedObjects(name: string, samples: readonly Sample[]): DatasetRemark[] {
  const objects = samples.flatMap((sample) =>
    sample.group === undefined ? [] : [{ ...sample, object: sample.group }],
  );
  const groups = [...group(objects, ({ object }) => object)];
  const shared = groups.filter(([, own]) => own.some(isTested) && !own.every(isTested)).map(([object]) => object);
  if (shared.length === 0) {
    return [];
  }
  const message = `The class '${name}' shows ${shared.length} objects both in training and in test pictures: ${listed(shared)}`;
  return [{ code: 'SHARED_OBJECT', className: name, message }];
}

function sizesOf(pictures: readonly InspectedPicture[]): SizeCount[] {
  const known = pictures.flatMap(({ size }) => (size === null ? [] : [size]));
  const groups = [...group(known, ({ width, height }) => `${width}x${height}`).values()];
  const counts = groups.flatMap(([size, ...others]) =>
    size === undefined ? [] : [{ ...size, pictures: others.length + 1 }],
  );
  return counts.sort((a, b) => b.pictures - a.pictures || a.width - b.width || a.height - b.height);
}

function countsOf(samples: readonly Sample[], split: Split): SplitCounts {
  const own = samples.filter((sample) => sample.split === split);
  const anomalous = own.filter(({ label }) => label === 1).length;
  return { normal: own.length - anomalous, anomalous };
}

/** One class: counts by split and the sizes of its pictures. */
export function describeClass(name: string, pictures: readonly InspectedPicture[]): ClassInspection {
  const samples = pictures.map(({ sample }) => sample);
  const counts = (split: Split): SplitCounts => countsOf(samples, split);
  return {
    name,
    train: counts('train'),
    validation: counts('validation'),
    test: counts('test'),
    sizes: sizesOf(pictures),
  };
}

/** What is worth knowing of a class. */
export function remarkClass(described: ClassInspection, pictures: readonly InspectedPicture[]): DatasetRemark[] {
  const { name, sizes, test } = described;
  const remarks = sharedObjects(
    name,
    pictures.map(({ sample }) => sample),
  );
  if (sizes.length > 1) {
    const most = sizes.slice(0, MOST_SIZES).map((size) => `${size.width} x ${size.height} (${size.pictures})`);
    const message = `The class '${name}' has pictures of ${sizes.length} sizes: ${most.join(', ')}${sizes.length > MOST_SIZES ? ', ...' : ''}`;
    remarks.push({ code: 'MIXED_SIZES', className: name, message });
  }
  if ((test.normal === 0) !== (test.anomalous === 0)) {
    const which = test.normal === 0 ? 'anomalous' : 'normal';
    const message = `The class '${name}' has only ${which} test pictures: metrics that need both are undefined for it`;
    remarks.push({ code: 'ONE_LABEL', className: name, message });
  }
  const notes = pictures.flatMap((picture) => picture.notes);
  return [...remarks, ...remarkNotes(name, notes)];
}

/** Pictures by class. */
export function byClass(pictures: readonly InspectedPicture[]): ReadonlyMap<string, InspectedPicture[]> {
  return group(pictures, ({ sample }) => sample.className);
}

/** Faults in the order of classes and paths, those of the whole set first. */
export function sortFaults(faults: readonly DatasetFault[], classes: readonly string[]): DatasetFault[] {
  const place = ({ className }: DatasetFault): number => (className === null ? -1 : classes.indexOf(className));
  return faults.toSorted((a, b) => place(a) - place(b) || byteOrder(a.path, b.path));
}
