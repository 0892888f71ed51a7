/** The options of `Trainer.create` and of `trainer.train`, checked. */
import type { NativeTrainOptions } from '../binding/types.js';
import { checkOneOf, checkOptions, checkPath, checkSignal, wrongKind } from '../check.js';
import { checkDecoding, DECODE_KEYS, type Decoding } from '../image/decoding.js';
import { resolveDevice } from './device.js';
import { type EncoderChoice, type EncoderHints, finishEncoder, readEncoder } from './encoders.js';
import {
  checkNeighbourMask,
  GEOMETRY_KEYS,
  NETWORK_KEYS,
  oriented,
  resolveGeometry,
  resolveNetwork,
  seesAll,
} from './model.js';
import { ASPECTS, type PictureFacts } from './own-pictures.js';
import { resolveTraining, TRAIN_KEYS } from './train.js';
import type { Geometry, ModelConfig, ModelOptions } from './types.js';

/** Options that say what the network is, without its weights. */
export type NetworkOptions = Omit<ModelOptions, 'weights' | 'initial'>;

/** A network and its sizes; a `Model` and a `Trainer` are ones. */
export interface DescribedNetwork {
  readonly config: ModelConfig;
  readonly geometry: Geometry;
}

/** Options of `Trainer.create`, checked as far as they can be without the weights file. */
export interface CheckedTrainer {
  readonly choice: EncoderChoice;
  /** Absolute path; null for an untrained encoder. */
  readonly weights: string | null;
  readonly geometry: Geometry;
  readonly training: NativeTrainOptions;
  readonly decoding: Decoding;
  /** The edge of pictures is left out though nobody asked for it, and nothing was known of the dataset. */
  readonly blindEdge: boolean;
  readonly signal: AbortSignal | undefined;
  /** The network, once it is known what the weights file has. */
  readonly network: (hints: EncoderHints) => ModelConfig;
}

const KEYS = [
  'encoder',
  'weights',
  'initial',
  'device',
  'signal',
  'dataset',
  'aspect',
  ...DECODE_KEYS,
  ...GEOMETRY_KEYS,
  ...NETWORK_KEYS,
  ...TRAIN_KEYS,
] as const;

function pick<Key extends string>(
  given: Readonly<Partial<Record<Key, unknown>>>,
  keys: readonly Key[],
): Readonly<Partial<Record<Key, unknown>>> {
  return Object.fromEntries(keys.map((key) => [key, given[key]])) as Partial<Record<Key, unknown>>;
}

function readWeights(value: unknown, path: string): string | null {
  const what = 'the path of the encoder weights, or null for an untrained encoder,';
  return value === null ? null : checkPath(value, path, what);
}

function readInitial(value: unknown, path: string): string | null {
  return (value ?? null) === null ? null : checkPath(value, path);
}

/** The encoder, the sizes, and the network once it is known what the weights file has. */
function resolveModel(
  given: Readonly<Partial<Record<(typeof KEYS)[number], unknown>>>,
  path: string,
  own?: PictureFacts,
): Pick<CheckedTrainer, 'choice' | 'geometry' | 'network'> {
  const choice = readEncoder(given.encoder, `${path}.encoder`);
  const { shape } = choice;
  const geometry = resolveGeometry(pick(given, GEOMETRY_KEYS), path, shape, own);
  const grid = Math.max(...geometry.crop) / shape.patch;
  const options = pick(given, NETWORK_KEYS);
  const { decoderHeads = choice.decoderHeads } = options;
  const network = (hints: EncoderHints): ModelConfig =>
    resolveNetwork({ ...options, decoderHeads }, path, finishEncoder(shape, hints, grid));
  // A fault of the network's options is told before the weights file is opened.
  checkNeighbourMask(network({}), geometry, `${path}.neighbourMask`);
  return { choice, geometry, network };
}

/** The network that options describe, as `Trainer.create` makes it without a weights file. */
export function describeOptions(options: unknown): DescribedNetwork {
  const given = checkOptions(options, 'options', ['encoder', ...GEOMETRY_KEYS, ...NETWORK_KEYS]);
  const { geometry, network } = resolveModel(given, 'options');
  return { config: network({}), geometry };
}

/**
 * Checks the options of `Trainer.create`.
 *
 * @param cudaAvailable - asked when the device is left to choose
 * @param own - of the pictures of `options.dataset`, where it is one's own or its aspect counts
 */
export function checkTrainerOptions(
  options: unknown,
  cudaAvailable: () => boolean,
  own?: PictureFacts,
): CheckedTrainer {
  const path = 'options';
  if (options === undefined) {
    throw wrongKind('a plain object', path, options);
  }
  const given = checkOptions(options, path, KEYS);
  const weights = readWeights(given.weights, `${path}.weights`);
  const initial = readInitial(given.initial, `${path}.initial`);
  if (given.aspect !== undefined) {
    checkOneOf(given.aspect, `${path}.aspect`, ASPECTS);
  }
  const { choice, geometry: sides, network } = resolveModel(given, path, own);
  const decoding = checkDecoding(given, path, own?.own === true ? 'exif' : 'ignore');
  const geometry = oriented(sides, decoding.orientation);
  const blindEdge = given.dataset === undefined && given.crop === undefined && !seesAll(geometry);
  const signal = checkSignal(given.signal, `${path}.signal`);
  const trainKeys = pick(given, TRAIN_KEYS);
  resolveTraining(trainKeys, path, 'cpu');
  const device = resolveDevice(given.device, `${path}.device`, cudaAvailable);
  const training = { ...resolveTraining(trainKeys, path, device), initial };
  return { choice, weights, geometry, training, decoding, blindEdge, signal, network };
}
