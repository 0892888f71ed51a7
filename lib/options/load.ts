/** The options of `Model.load`, and what a model file and they make together. */
import type { NativeFileInfo } from '../binding/types.js';
import { checkExtent, checkNumber, checkOneOf, checkOptions, checkSignal, orDefault } from '../check.js';
import { DinomalyError } from '../errors.js';
import { checkDecoding, DECODE_KEYS, type DecodeOptions, type Decoding } from '../image/decoding.js';
import type { Orientation } from '../image/orientation.js';
import { fitsGeometry } from '../thresholds/check.js';
import type { Thresholds } from '../thresholds/types.js';
import { resolveDevice } from './device.js';
import { readEncoder } from './encoders.js';
import { INFER_KEYS, inferModel } from './infer.js';
import { hasMetadata, type ModelMetadata, readMetadata } from './metadata.js';
import { ATTENTIONS, type GEOMETRY_KEYS, oriented, resolveGeometry } from './model.js';
import { type CheckedPrecision, checkPrecision, PRECISION_KEYS, type PrecisionOptions } from './precision.js';
import { type CheckedQueue, checkQueue, QUEUE_KEYS, type QueueOptions } from './queue.js';
import { checkTiles } from './tiles.js';
import type {
  Attention,
  DeviceOption,
  EncoderConfig,
  EncoderName,
  EncoderOptions,
  Geometry,
  GeometryOptions,
} from './types.js';

/** Options of `Model.load`. */
export interface LoadOptions extends GeometryOptions, DecodeOptions, PrecisionOptions, QueueOptions {
  /** Default: `'auto'`. */
  readonly device?: DeviceOption | undefined;
  /** For a checkpoint without metadata: its encoder. Default: inferred from its shapes, with heads of 64. */
  readonly encoder?: EncoderName | EncoderOptions | undefined;
  /** For a checkpoint without metadata: attention of its decoder. Default: `'linear'`. */
  readonly attention?: Attention | undefined;
  /** Stops the loading; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Checked options of `Model.load`; what describes the checkpoint is checked as far as that goes without it. */
export interface CheckedLoad {
  readonly device: unknown;
  readonly precision: CheckedPrecision;
  readonly decoding: Decoding;
  /** What takes the place of the orientation that the file says. */
  readonly orientation: Orientation | undefined;
  readonly queue: CheckedQueue;
  readonly signal: AbortSignal | undefined;
  readonly shape: Readonly<Partial<Record<(typeof INFER_KEYS)[number], unknown>>>;
}

/** Refuses what is wrong whatever the file holds: before it is opened. */
function checkShape({ encoder, attention, size, crop, mapSize, scoreRatio, tiles }: CheckedLoad['shape']): void {
  if (encoder !== undefined) {
    readEncoder(encoder, 'options.encoder');
  }
  if (attention !== undefined) {
    checkOneOf(attention, 'options.attention', ATTENTIONS);
  }
  for (const [name, extent] of Object.entries({ size, crop, mapSize })) {
    if (extent !== undefined) {
      checkExtent(extent, `options.${name}`);
    }
  }
  if (scoreRatio !== undefined) {
    checkNumber(scoreRatio, 'options.scoreRatio', { min: 0, max: 1 });
  }
  checkTiles(tiles, 'options.tiles', { resize: [1, 1], crop: [1, 1] }, 1);
}

/** Checks the options of `Model.load`. */
export function checkLoadOptions(options: unknown): CheckedLoad {
  const keys = ['device', 'signal', ...PRECISION_KEYS, ...QUEUE_KEYS, ...DECODE_KEYS, ...INFER_KEYS] as const;
  const given = checkOptions(options, 'options', keys);
  const {
    device,
    precision,
    requirePrecision,
    pixelLimit,
    svg,
    orientation,
    maxQueued,
    maxBatch,
    maxDelayMs,
    signal,
    ...shape
  } = given;
  resolveDevice(device, 'options.device', () => false);
  checkShape(shape);
  const decoding = checkDecoding({ pixelLimit, svg, orientation });
  return {
    device,
    precision: checkPrecision(precision, requirePrecision),
    decoding,
    orientation: orientation === undefined ? undefined : decoding.orientation,
    queue: checkQueue({ maxQueued, maxBatch, maxDelayMs }),
    signal: checkSignal(signal, 'options.signal'),
    shape,
  };
}

/** A model file as loaded: what it says of itself, or what its shapes and the caller say. */
export type ModelDescription = Omit<ModelMetadata, 'training'> & {
  readonly training: ModelMetadata['training'] | null;
};

/** `mapSize`, `scoreRatio` and `tiles` may change what a model with metadata returns; what it was trained on may not. */
function withOverrides(
  geometry: Geometry,
  shape: CheckedLoad['shape'],
  encoder: EncoderConfig,
  path: string,
): Geometry {
  for (const key of ['encoder', 'attention', 'size', 'crop'] as const) {
    if (shape[key] !== undefined) {
      throw new DinomalyError(
        'INVALID_CONFIG',
        `${path} says itself what it was trained with: leave out options.${key}, which is for checkpoints without metadata.`,
      );
    }
  }
  const options: Record<(typeof GEOMETRY_KEYS)[number], unknown> = {
    size: geometry.resize,
    crop: geometry.crop,
    mapSize: orDefault(shape.mapSize, geometry.map),
    scoreRatio: orDefault(shape.scoreRatio, geometry.scoreRatio),
    tiles: orDefault(shape.tiles, geometry.tiles),
  };
  return oriented(resolveGeometry(options, 'options', encoder), geometry.orientation ?? 'ignore');
}

/** Thresholds of other maps or another rule of the score would decide at random: they are left out, and that is said. */
function fitting(thresholds: Thresholds | null, geometry: Geometry, path: string): Thresholds | null {
  if (thresholds === null || fitsGeometry(thresholds, geometry)) {
    return thresholds;
  }
  const message =
    `The thresholds of ${path} were measured with another mapSize, scoreRatio or tiles and are left out: calibrate this model, or ` +
    'load it without these options.';
  process.emitWarning(message, { type: 'DinomalyWarning', code: 'THRESHOLDS_LEFT_OUT' });
  return null;
}

/**
 * What the model file at `path` holds.
 *
 * @throws DinomalyError `METADATA_INVALID`, `METADATA_VERSION`, `METADATA_MISSING`; `INVALID_CONFIG` when an option
 * contradicts the file
 */
export function describeModel(info: NativeFileInfo, path: string, shape: CheckedLoad['shape']): ModelDescription {
  if (hasMetadata(info.metadata)) {
    const metadata = readMetadata(info.metadata, path);
    const geometry = withOverrides(metadata.geometry, shape, metadata.config.encoder, path);
    return { ...metadata, geometry, thresholds: fitting(metadata.thresholds, geometry, path) };
  }
  const { config, geometry, encoderName } = inferModel(info, path, shape);
  const encoder = { name: encoderName, sha256: null };
  return {
    config,
    geometry,
    classes: [],
    calibration: null,
    descriptions: null,
    training: null,
    encoder,
    thresholds: null,
  };
}
