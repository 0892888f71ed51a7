/** What every benchmark layout is read into. */

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
   * kinds, where whatever is not 0 is anomalous. Default: `'grey'`.
   */
  readonly maskValues?: 'grey' | 'index';
  /** The camera's place, where the benchmark shows each object from several. */
  readonly view?: string;
  /** The object, where several pictures show the same; a split that is made keeps them together. */
  readonly group?: string;
}

/** Name of a layout, for the `format` option. */
export type DatasetFormat = 'mvtec';

/** A split that the set did not bring: drawn by whole groups, the same for the same seed. */
export interface MadeSplit {
  readonly seed: number;
  /** Shares of the normal pictures, between 0 and 1; the rest is tested on, with all anomalous ones. */
  readonly train: number;
  readonly validation: number;
}

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
}

/** Pictures of one class. */
export interface ClassSamples {
  readonly train: readonly Sample[];
  readonly validation?: readonly Sample[];
  readonly test: readonly Sample[];
}

/** A class as a layout finds it: its name and its folder. */
export interface ClassFolder {
  readonly name: string;
  readonly path: string;
}

/** One benchmark layout. */
export interface Layout {
  readonly format: DatasetFormat;
  /** What the layout looks like, for the message when a root fits none. */
  readonly shape: string;
  /** Classes under `root`, or the root itself as the only class; empty when the root is not of this layout. */
  find(root: string): Promise<ClassFolder[]>;
  /** Pictures of one class. */
  read(folder: ClassFolder): Promise<ClassSamples>;
}
