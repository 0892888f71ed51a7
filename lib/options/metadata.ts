/**
 * The `__metadata__` of a model file: strings, with JSON inside. It says all that the weights cannot, so that a file can
 * be loaded by its path alone. Nothing here touches a file.
 */
import {
  checkArray,
  checkBoolean,
  checkExtent,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
  isRecord,
  orDefault,
  outOfRange,
} from '../check.js';
import { readDescriptions, writeDescriptions } from '../classes/store.js';
import type { ClassDescription } from '../classes/types.js';
import type { MadeSplit } from '../datasets/types.js';
import { DinomalyError } from '../errors.js';
import { ORIENTATIONS } from '../image/decoding.js';
import { reasonOf } from '../kinds.js';
import { checkThresholds } from '../thresholds/check.js';
import type { Thresholds } from '../thresholds/types.js';
import { readCalibration } from './calibration.js';
import { readShape } from './encoders.js';
import { LOSSES } from './loss.js';
import { type GEOMETRY_KEYS, NETWORK_KEYS, oriented, resolveGeometry, resolveNetwork } from './model.js';
import type { Calibration, EncoderConfig, EncoderSource, Geometry, ModelConfig, TrainingSummary } from './types.js';

/** Everything a model file tells beside its weights. */
export interface ModelMetadata {
  readonly config: ModelConfig;
  readonly geometry: Geometry;
  /** Classes of the training set, in order. */
  readonly classes: readonly string[];
  /** Null when the run was stopped before the colour scale was measured. */
  readonly calibration: Calibration | null;
  /** How the classes look, in the order of `classes`; null where that was not measured. */
  readonly descriptions: readonly ClassDescription[] | null;
  readonly training: TrainingSummary;
  readonly encoder: EncoderSource;
  /** Null for a model that was not calibrated. */
  readonly thresholds: Thresholds | null;
}

const FORMAT = 'dinomaly';

/** Version of the file format that this package writes, and the newest that it reads. */
const FORMAT_VERSION = 1;

/** The `__metadata__` strings of a model file. */
export function writeMetadata(metadata: ModelMetadata): Record<string, string> {
  return {
    format: FORMAT,
    formatVersion: String(FORMAT_VERSION),
    config: JSON.stringify(metadata.config),
    geometry: JSON.stringify(metadata.geometry),
    classes: JSON.stringify(metadata.classes),
    calibration: JSON.stringify(metadata.calibration),
    training: JSON.stringify(metadata.training),
    encoder: JSON.stringify(metadata.encoder),
    ...(metadata.descriptions === null ? {} : { descriptions: writeDescriptions(metadata.descriptions) }),
    ...thresholdsMetadata(metadata.thresholds),
  };
}

/** Longest text that thresholds may be: a whole header of safetensors may have 100 MB. */
const LONGEST_THRESHOLDS = 64e6;

/** The `__metadata__` strings of thresholds; none for null. */
export function thresholdsMetadata(thresholds: Thresholds | null): Record<string, string> {
  return thresholds === null ? {} : { thresholds: JSON.stringify(thresholds) };
}

/** True when the strings are those of a Dinomaly model file of any version. */
export function hasMetadata(strings: Readonly<Record<string, string>>): boolean {
  return strings.format === FORMAT;
}

function checkVersion(strings: Readonly<Record<string, string>>, path: string): void {
  const text = strings.formatVersion ?? '';
  const version = Number(text);
  if (!Number.isSafeInteger(version) || version < 1 || text.trim() === '') {
    throw new DinomalyError('METADATA_INVALID', `${path} has the format version '${text}', which is no version.`);
  }
  if (version > FORMAT_VERSION) {
    throw new DinomalyError(
      'METADATA_VERSION',
      `${path} has format version ${version}, and this package reads up to ${FORMAT_VERSION}: install a newer dinomaly.`,
    );
  }
}

function parsePart(strings: Readonly<Record<string, string>>, key: string): unknown {
  const text = strings[key];
  if (text === undefined) {
    throw new TypeError(`the key '${key}' is missing`);
  }
  return JSON.parse(text);
}

function readEncoderConfig(value: unknown): EncoderConfig {
  const path = 'config.encoder';
  const shape = readShape(value, path);
  // A file names all of it: nothing is left to defaults that may change.
  for (const key of ['family', 'stages', 'windows', 'globalBlocks'] as const) {
    if (isRecord(value) && value[key] === undefined) {
      throw new TypeError(`the key '${path}.${key}' is missing`);
    }
  }
  return {
    ...shape,
    registers: checkInteger(shape.registers, `${path}.registers`),
    positionGrid: checkInteger(shape.positionGrid, `${path}.positionGrid`),
    layerScale: checkBoolean(shape.layerScale, `${path}.layerScale`),
    mlp: checkOneOf(shape.mlp, `${path}.mlp`, ['gelu', 'swiglu']),
    mlpHidden: checkInteger(shape.mlpHidden, `${path}.mlpHidden`),
    sharedPositions: checkBoolean(shape.sharedPositions, `${path}.sharedPositions`),
  };
}

function readConfig(value: unknown): ModelConfig {
  // A file names the groups that its scheme came down to, and so needs no scheme.
  const keys = NETWORK_KEYS.filter((key) => key !== 'scheme');
  const { encoder, ...network } = checkOptions(value ?? null, 'config', ['encoder', 'fusion', ...keys]);
  return resolveNetwork(network, 'config', readEncoderConfig(encoder));
}

function readGeometry(value: unknown, encoder: EncoderConfig): Geometry {
  const given = checkOptions(value ?? null, 'geometry', [
    'resize',
    'crop',
    'map',
    'scoreRatio',
    'orientation',
    'tiles',
  ]);
  const options: Record<(typeof GEOMETRY_KEYS)[number], unknown> = {
    size: checkExtent(given.resize, 'geometry.resize'),
    crop: checkExtent(given.crop, 'geometry.crop'),
    mapSize: checkExtent(given.map, 'geometry.map'),
    scoreRatio: given.scoreRatio,
    tiles: given.tiles,
  };
  const orientation = checkOneOf(orDefault(given.orientation, 'ignore'), 'geometry.orientation', ORIENTATIONS);
  return oriented(resolveGeometry(options, 'geometry', encoder), orientation);
}

/** Numbers of a picture's features: the groups' means side by side, or the targets of the one group. */
function featuresOf({ encoder, encoderGroups, fusion }: ModelConfig): number {
  const parts = fusion === 'concatenate' ? (encoderGroups[0]?.length ?? 0) : encoderGroups.length;
  return parts * encoder.dim;
}

function readClassDescriptions(
  text: string | undefined,
  classes: readonly string[],
  config: ModelConfig,
): readonly ClassDescription[] | null {
  return text === undefined ? null : readDescriptions(text, 'descriptions', classes, featuresOf(config));
}

const TRAINING_KEYS = ['iterations', 'plannedIterations', 'batchSize', 'seed', 'images', 'skippedSteps'] as const;

function readSplit(value: unknown): MadeSplit | null {
  if (value === undefined || value === null) {
    return null;
  }
  const given = checkOptions(value, 'training.split', ['seed', 'from', 'train', 'validation']);
  const share = { min: 0, max: 1 } as const;
  return {
    seed: checkInteger(given.seed, 'training.split.seed', { min: 0 }),
    from: checkOneOf(given.from, 'training.split.from', ['all', 'train']),
    train: checkNumber(given.train, 'training.split.train', share),
    validation: checkNumber(given.validation, 'training.split.validation', share),
  };
}

function readTraining(value: unknown): TrainingSummary {
  const given = checkOptions(value ?? null, 'training', [...TRAINING_KEYS, 'loss', 'split', 'finalLoss']);
  const count = (key: (typeof TRAINING_KEYS)[number], max = Number.MAX_SAFE_INTEGER): number =>
    checkInteger(given[key], `training.${key}`, { min: 0, max });
  const plannedIterations = count('plannedIterations');
  const iterations = count('iterations', plannedIterations);
  return {
    iterations,
    plannedIterations,
    batchSize: count('batchSize'),
    seed: count('seed'),
    // The only loss there was when files did not name it.
    loss: given.loss === undefined ? 'loose' : checkOneOf(given.loss, 'training.loss', LOSSES),
    images: count('images'),
    split: readSplit(given.split),
    skippedSteps: count('skippedSteps', iterations),
    finalLoss: given.finalLoss === null ? null : checkNumber(given.finalLoss, 'training.finalLoss'),
  };
}

function checkHash(value: unknown, path: string): string {
  const hash = checkString(value, path);
  if (!/^[0-9a-f]{64}$/.test(hash)) {
    throw outOfRange('a SHA-256 in lower-case hex', path, value);
  }
  return hash;
}

function readClasses(value: unknown): string[] {
  const classes = checkArray(value, 'classes', (item, at) => checkString(item, at));
  if (new Set(classes).size < classes.length) {
    throw outOfRange('each class once', 'classes', classes);
  }
  return classes;
}

function readSource(value: unknown): EncoderSource {
  const given = checkOptions(value ?? null, 'encoder', ['name', 'sha256']);
  return {
    name: checkString(given.name, 'encoder.name'),
    sha256: given.sha256 === null ? null : checkHash(given.sha256, 'encoder.sha256'),
  };
}

function readThresholds(text: string | undefined): Thresholds | null {
  if (text === undefined) {
    return null;
  }
  if (text.length > LONGEST_THRESHOLDS) {
    throw new RangeError(`the thresholds have ${text.length} characters, more than ${LONGEST_THRESHOLDS}`);
  }
  return checkThresholds(JSON.parse(text), 'thresholds');
}

/**
 * Reads the `__metadata__` of the model file at `path`.
 *
 * @throws DinomalyError `METADATA_VERSION` for a file of a newer format, `METADATA_INVALID` for one whose metadata is
 * damaged
 */
export function readMetadata(strings: Readonly<Record<string, string>>, path: string): ModelMetadata {
  checkVersion(strings, path);
  try {
    const config = readConfig(parsePart(strings, 'config'));
    const classes = readClasses(parsePart(strings, 'classes'));
    return {
      config,
      geometry: readGeometry(parsePart(strings, 'geometry'), config.encoder),
      classes,
      calibration: readCalibration(parsePart(strings, 'calibration')),
      descriptions: readClassDescriptions(strings.descriptions, classes, config),
      training: readTraining(parsePart(strings, 'training')),
      encoder: readSource(parsePart(strings, 'encoder')),
      thresholds: readThresholds(strings.thresholds),
    };
  } catch (error) {
    throw new DinomalyError(
      'METADATA_INVALID',
      `The metadata of ${path} is damaged: ${reasonOf(error)}. Save the model again.`,
      {
        cause: error,
      },
    );
  }
}
