/** What every benchmark layout is read into. */

/** One picture of a dataset. */
export interface Sample {
  /** Path of the picture. */
  readonly path: string;
  readonly className: string;
  readonly split: 'train' | 'test';
  /** 1 for an anomalous picture. */
  readonly label: 0 | 1;
  /** Kind of defect, as the benchmark names it; `'good'` for a normal picture. */
  readonly defect: string;
  /** Path of the mask; anomalous pictures have one. */
  readonly mask?: string;
}

/** Name of a layout, for the `format` option. */
export type DatasetFormat = 'mvtec';

/** Pictures of one or more classes, in the byte order of their paths. */
export interface Dataset {
  readonly root: string;
  readonly format: DatasetFormat;
  readonly classes: readonly string[];
  /** Normal pictures to train on; empty when the set is for testing only. */
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
}

/** Pictures of one class. */
export interface ClassSamples {
  readonly train: readonly Sample[];
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
