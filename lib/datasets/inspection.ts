/** What the check of a dataset returns. */
import type { DecodeOptions } from '../image/decoding.js';
import type { PictureSize } from '../image/size.js';
import type { Dataset, DatasetFault, Split } from './types.js';

/** Pictures of one split of a class. */
export interface SplitCounts {
  readonly normal: number;
  readonly anomalous: number;
}

/** One size of pictures, and how many have it. */
export interface SizeCount extends PictureSize {
  readonly pictures: number;
}

/** What the check found in one class. */
export interface ClassInspection extends Readonly<Record<Split, SplitCounts>> {
  readonly name: string;
  /** Sizes of the pictures that can be read, the commonest first. */
  readonly sizes: readonly SizeCount[];
}

/** Something worth knowing that keeps nothing from being used. */
export interface DatasetRemark {
  /** Stable, for programs. */
  readonly code:
    | 'DUPLICATE'
    | 'FILE_UNREAD'
    | 'MASK_ALPHA'
    | 'MASK_DARK'
    | 'MASK_FULL'
    | 'MASK_UNUSED'
    | 'MIXED_SIZES'
    | 'ONE_LABEL'
    | 'SHARED_OBJECT'
    | 'THIN_RANGE';
  /** Null where the remark is of several classes. */
  readonly className: string | null;
  /** For people. */
  readonly message: string;
}

/** Result of `inspectDataset`. */
export interface Inspection extends Pick<Dataset, 'root' | 'format' | 'madeSplit' | 'notes'> {
  readonly classes: readonly ClassInspection[];
  /** Pictures looked at. */
  readonly pictures: number;
  /** All that keeps a picture, a class or its figures from being trusted; empty for a sound set. */
  readonly faults: readonly DatasetFault[];
  readonly remarks: readonly DatasetRemark[];
}

/** State of a check after a picture. */
export interface InspectProgress {
  readonly done: number;
  readonly total: number;
}

/** Options of `inspectDataset`. */
export interface InspectOptions extends DecodeOptions {
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each picture, and awaited; what it throws ends the check and is what the promise rejects with. */
  readonly onProgress?: ((progress: InspectProgress) => void | Promise<void>) | undefined;
}
