/** What every benchmark layout is read into. */
import type { DinomalyErrorCode } from '../errors.js';
import type { MaskValues } from '../image/mask.js';

/** Name of a layout, for the `format` option. */
export type DatasetFormat =
  | 'mvtec'
  | 'mvtec-loco'
  | 'mvtec-3d'
  | 'visa'
  | 'visa-1cls'
  | 'real-iad'
  | 'mpdd'
  | 'btad'
  | 'uni-medical'
  | 'kolektor'
  | 'magnetic-tile'
  | 'folder'
  | 'manifest';

/** Part of a benchmark: what is trained on, what is held out for thresholds, what is evaluated. */
export type Split = 'train' | 'validation' | 'test';

/** One picture of a dataset. */
export interface Sample {
  /** Path of the picture. */
  readonly path: string;
  readonly className: string;
  readonly split: Split;
  /** 1 for an anomalous picture. */
  readonly label: 0 | 1;
  /** Kind of defect, as the benchmark names it; `'good'` for a normal picture. */
  readonly defect: string;
  /** Path of the mask, or of several whose union it is; anomalous test pictures have one. */
  readonly mask?: string | readonly string[];
  /**
   * What the mask's values are: `'grey'` levels, of which the mask convention decides; or `'index'` numbers of defect
   * kinds, where whatever is not 0 is anomalous, in a PNG with a palette the numbers of its entries. Default: `'grey'`; but
   * a mask whose largest value is less than half of white, as one of 0 and 1, and one with a palette of colours, is read as
   * numbers.
   */
  readonly maskValues?: MaskValues;
  /** The camera's place, where the benchmark shows each object from several. */
  readonly view?: string;
  /** The object, where several pictures show the same; a split that is made keeps them together. */
  readonly group?: string;
}

/** A split that the set did not bring: drawn by whole groups, the same for the same seed. */
export interface MadeSplit {
  readonly seed: number;
  /** What was divided: `'all'` pictures of a set without a split, or the `'train'` pictures of a set that has one. */
  readonly from: 'all' | 'train';
  /** Shares of the normal pictures divided, between 0 and 1; of `'all'`, the rest is tested on, with all anomalous ones. */
  readonly train: number;
  readonly validation: number;
}

/** Something that keeps a picture, or a class, from being used. */
export interface DatasetFault {
  /** Stable, for programs. */
  readonly code: DatasetFaultCode;
  /** Null where the fault is of the whole set. */
  readonly className: string | null;
  /** The file or folder at fault. */
  readonly path: string;
  /** For people; names the file too. */
  readonly message: string;
}

/** Codes of {@link DatasetFault}. */
export type DatasetFaultCode = DinomalyErrorCode | 'DUPLICATE' | 'MASK_EMPTY' | 'MASK_SIZE';

/** Pictures of one or more classes, in the byte order of their paths. */
export interface Dataset {
  readonly root: string;
  readonly format: DatasetFormat;
  readonly classes: readonly string[];
  /** Normal pictures to train on; empty when the set is for testing only. */
  readonly train: readonly Sample[];
  /** Normal pictures held out from training, for thresholds; empty where there are none. */
  readonly validation: readonly Sample[];
  readonly test: readonly Sample[];
  /** The split that was made; null where the set brings its own. */
  readonly madeSplit: MadeSplit | null;
  /** Where the reading differs from the authors' of the paper, in sentences; reports quote them. */
  readonly notes: readonly string[];
  /** What `openDataset` found at fault and was told to list; what it could not use is left out or lacks its mask. */
  readonly faults?: readonly DatasetFault[];
}
