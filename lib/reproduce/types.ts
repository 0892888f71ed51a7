/** What a table is made of, from its plan to its results. Types only. */
import type { ClassMetrics, Evaluation, Metric } from '../evaluation/types.js';
import type { EncoderSource, TrainerOptions, TrainingSummary } from '../options/types.js';
import { BENCHMARKS } from './paper.js';

/** Tables of the paper that can be reproduced. */
export const TABLES = ['1', '2', '3', '4', '5', 'figure5'] as const;

/** A table of the paper, or its Figure 5. */
export type TableName = (typeof TABLES)[number];

/** All of {@link DataLabel}. */
export const LABELS = [...BENCHMARKS, 'other'] as const;

/** What a data set is: a benchmark of the paper, or something that the paper has no figures for. */
export type DataLabel = (typeof LABELS)[number];

/** A data set as a plan sees it. */
export interface PlanData {
  /** The benchmark, or the folder's name. */
  readonly name: string;
  readonly label: DataLabel;
}

/** What a user changes of the paper's settings. */
export interface PlanOptions {
  readonly encoder?: TrainerOptions['encoder'];
  readonly iterations?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly size?: TrainerOptions['size'];
  readonly crop?: TrainerOptions['crop'];
  readonly seed?: number | undefined;
  /** Only these rows. */
  readonly rows?: readonly string[] | undefined;
  /** Also the rows of twice the iterations. */
  readonly long?: boolean | undefined;
}

/** What a row gives to `Trainer.create`, but weights and device. */
export type RowOptions = Pick<
  TrainerOptions,
  'encoder' | 'size' | 'crop' | 'seed' | 'attention' | 'scheme' | 'loss' | 'bottleneckDropout' | 'eps'
>;

/** The paper's settings of a row, as far as they can be departed from. */
export interface Published {
  /** Null in a row that the paper does not have. */
  readonly encoder: string | null;
  readonly iterations: number;
  readonly batchSize: number;
  /** Null where the paper does not say. */
  readonly sides: { readonly size: number; readonly crop: number } | null;
  readonly seed: number;
}

/** Models to train for one row on one data set. */
export interface PlannedRun {
  /** `<data>/<row>`. */
  readonly id: string;
  readonly row: string;
  readonly label: string;
  /** Place of the data set among those given. */
  readonly data: number;
  /** One model a class. */
  readonly separated: boolean;
  readonly options: RowOptions;
  readonly iterations: number;
  readonly batchSize: number;
  readonly published: Published;
  /** Why it is not to be run. */
  readonly skip: string | null;
  /** Whether parameters, MACs and images/s are wanted. */
  readonly measure: boolean;
}

/** What stands in a cell, ours: a metric of a run, or a cost of its network. */
export type Quantity = Metric | 'paramsM' | 'macsG' | 'imagesPerSecond';

/** A cell of a table. */
export interface PlanCell {
  readonly paper: number | null;
  /** The run that ours comes from; absent where only the paper has a figure. */
  readonly run?: string;
}

/** A column of figures. */
export interface Column {
  readonly title: string;
  readonly quantity: Quantity;
  readonly decimals: number;
}

/** A row of a table. */
export interface PlanRow {
  readonly id: string;
  readonly labels: readonly string[];
  readonly cells: readonly PlanCell[];
}

/** A table before anything has run. */
export interface Plan {
  readonly table: TableName;
  readonly title: string;
  readonly remarks: readonly string[];
  /** Heads of the columns that name a row. */
  readonly labels: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly PlanRow[];
  readonly runs: readonly PlannedRun[];
}

/** What one model and its evaluation gave; one file of the store. */
export interface UnitResult {
  readonly format: 1;
  readonly key: string;
  /** What the key is the hash of. */
  readonly settings: unknown;
  readonly classes: readonly ClassMetrics[];
  readonly conventions: Evaluation['conventions'];
  readonly training: TrainingSummary;
  readonly encoder: EncoderSource;
  readonly device: string;
  /** Null when the model was found trained. */
  readonly trainSeconds: number | null;
  readonly evaluateSeconds: number;
  /** ISO 8601. */
  readonly finished: string;
}

/** Cost of a network, and its speed here. */
export interface Measured {
  readonly parameters: number;
  readonly macs: number;
  readonly imagesPerSecond: number;
  /** Pictures that shared a forward pass, at most. */
  readonly batch: number;
  /** Device, in words. */
  readonly device: string;
}

/** How a run ended. */
export type Outcome =
  | { readonly status: 'done'; readonly units: readonly UnitResult[]; readonly reused: number }
  | { readonly status: 'not run' | 'weights missing' | 'failed' | 'interrupted'; readonly reason: string };

/** A data set, as a report tells of it. */
export interface DataFacts extends PlanData {
  readonly root: string;
  readonly classes: readonly string[];
  readonly trainImages: number;
  readonly testImages: number;
  /** A split that was made, and where the reading differs from the authors'. */
  readonly remarks?: readonly string[];
}

/** What has run so far, by the id of the run. */
export interface Results {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly measured: ReadonlyMap<string, Measured>;
  readonly data: readonly DataFacts[];
}
