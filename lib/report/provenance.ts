/** What a report's figures were made with: the model, the data, the versions and the machine. */
import { binding } from '../binding/load.js';
import { checkArray, checkOptions, checkSignal, checkString, isRecord, orDefault, wrongKind } from '../check.js';
import { checkDataset } from '../datasets/check.js';
import { fingerprintDataset, type OnHashed } from '../datasets/fingerprint.js';
import type { Dataset, MadeSplit } from '../datasets/types.js';
import type { Device } from '../options/device.js';
import type { Precision } from '../options/precision.js';
import type { EncoderConfig, EncoderSource, TrainingSummary } from '../options/types.js';
import { packageVersion } from '../package.js';
import type { PixelThreshold, Thresholds } from '../thresholds/types.js';
import type { FileOptions } from '../weights/model-source.js';

/** The thresholds in a model's file without the scores that they were measured on. */
export interface ThresholdsProvenance
  extends Pick<Thresholds, 'method' | 'falseRejectRate' | 'confidenceLevel' | 'notes'> {
  readonly image: PixelThreshold;
  readonly classes: Readonly<Record<string, PixelThreshold>>;
  readonly pixel: PixelThreshold;
  readonly pixelClasses: Readonly<Record<string, PixelThreshold>>;
}

/** A model that was evaluated. */
export interface ModelProvenance {
  /** The class it was for; null for one model of all classes. */
  readonly className: string | null;
  /** Its file; null when it is not known. */
  readonly file: string | null;
  /** Of its weights, lower-case hex; null when it was not taken. */
  readonly weightsHash: string | null;
  readonly encoder: EncoderConfig;
  readonly encoderSource: EncoderSource;
  /** Null for a checkpoint without metadata. */
  readonly training: TrainingSummary | null;
  readonly device: Device;
  readonly precision: Precision;
  /** The thresholds in its file; null when it has none. */
  readonly thresholds: ThresholdsProvenance | null;
}

/** The data that was evaluated on. */
export interface DatasetProvenance {
  readonly root: string;
  readonly format: string;
  readonly classes: readonly string[];
  /** Pictures of each split. */
  readonly pictures: { readonly train: number; readonly validation: number; readonly test: number };
  /** SHA-256 over the content, place and label of every picture and mask; null when it was not taken. */
  readonly hash: string | null;
  readonly madeSplit: MadeSplit | null;
  readonly notes: readonly string[];
}

/** Where the figures of a report come from. */
export interface Provenance {
  /** ISO 8601, UTC. */
  readonly date: string;
  /** The command line; null when there was none. */
  readonly command: readonly string[] | null;
  readonly versions: { readonly dinomaly: string; readonly libtorch: string; readonly node: string };
  /** As `linux-x64`. */
  readonly platform: string;
  readonly models: readonly ModelProvenance[];
  readonly dataset: DatasetProvenance;
}

/** What is asked of a model; a `Model` is one. */
export interface DescribedModel {
  readonly config: { readonly encoder: EncoderConfig };
  readonly encoder: EncoderSource;
  readonly training: TrainingSummary | null;
  readonly device: Device;
  readonly precision: Precision;
  readonly thresholds?: Thresholds | null;
  weightsHash?(options?: FileOptions): Promise<string | null>;
}

/** Options of {@link describeProvenance}. */
export interface ProvenanceOptions {
  /** The models, one for all classes or one a class, from {@link describeModel}. */
  readonly models: readonly ModelProvenance[];
  readonly dataset: Dataset;
  /** The command line, program first. Default: null. */
  readonly command?: readonly string[] | null | undefined;
  /** Hash every picture and mask of the dataset. Default: true. */
  readonly hashDataset?: boolean | undefined;
  /** Called after each picture that was hashed. */
  readonly onHashed?: OnHashed | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a report says of a model.
 *
 * @param of - its file, and the class it is for where there is a model a class; `signal`: the promise rejects with its reason
 */
export async function describeModel(
  model: DescribedModel,
  of: FileOptions & { readonly file?: string | undefined; readonly className?: string | undefined } = {},
): Promise<ModelProvenance> {
  const signal = checkSignal(of.signal, 'of.signal');
  signal?.throwIfAborted();
  const { thresholds = null } = model;
  return {
    className: of.className ?? null,
    file: of.file ?? null,
    weightsHash: (await model.weightsHash?.({ signal })) ?? null,
    encoder: model.config.encoder,
    encoderSource: model.encoder,
    training: model.training,
    device: model.device,
    precision: model.precision,
    thresholds: thresholds === null ? null : describeThresholds(thresholds),
  };
}

function figuresOf({ value, images, falseRejectRate, falseRejectInterval }: PixelThreshold): PixelThreshold {
  return { value, images, falseRejectRate, falseRejectInterval };
}

function describeThresholds(thresholds: Thresholds): ThresholdsProvenance {
  const { method, falseRejectRate, confidenceLevel, notes, image, classes, pixel, pixelClasses } = thresholds;
  const figures = (of: Readonly<Record<string, PixelThreshold>>): Record<string, PixelThreshold> =>
    Object.fromEntries(Object.entries(of).map(([name, threshold]) => [name, figuresOf(threshold)]));
  return {
    method,
    falseRejectRate,
    confidenceLevel,
    image: figuresOf(image),
    classes: figures(classes),
    pixel: figuresOf(pixel),
    pixelClasses: figures(pixelClasses),
    notes,
  };
}

function checkModels(value: unknown): readonly ModelProvenance[] {
  return checkArray(value, 'options.models', (model, path) => {
    if (!isRecord(model) || !('weightsHash' in model)) {
      throw wrongKind('a result of describeModel', path, model);
    }
    return model as unknown as ModelProvenance;
  });
}

/**
 * Gathers where the figures of a report come from. Reads every file of the dataset, for its hash.
 *
 * @throws TypeError, RangeError naming the option at fault
 * @throws DinomalyError `FILE_READ`
 */
export async function describeProvenance(options: ProvenanceOptions): Promise<Provenance> {
  const keys = ['models', 'dataset', 'command', 'hashDataset', 'onHashed', 'signal'] as const;
  const given = checkOptions(options, 'options', keys);
  const models = checkModels(given.models);
  const command = orDefault(given.command, null);
  const words =
    command === null ? null : checkArray(command, 'options.command', (word, path) => checkString(word, path));
  const signal = checkSignal(given.signal, 'options.signal');
  const dataset: unknown = given.dataset;
  checkDataset(dataset);
  const { root, format, classes, madeSplit, notes } = dataset;
  const pictures = { train: dataset.train.length, validation: dataset.validation.length, test: dataset.test.length };
  const hash = options.hashDataset === false ? null : await fingerprintDataset(dataset, signal, options.onHashed);
  return {
    date: new Date().toISOString(),
    command: words,
    versions: { dinomaly: packageVersion(), libtorch: binding().torchVersion, node: process.versions.node },
    platform: `${process.platform}-${process.arch}`,
    models,
    dataset: { root, format, classes, pictures, hash, madeSplit, notes },
  };
}
