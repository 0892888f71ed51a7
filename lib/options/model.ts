/** From the options of a person to the geometry and the network they describe. */
import { checkExtent, checkInteger, checkNumber, checkOneOf, orDefault, outOfRange } from '../check.js';
import { defaultTargetLayers, SHAPE_LIMITS } from './encoders.js';
import { checkAscending, resolveGroups } from './scheme.js';
import type { Attention, EncoderConfig, Extent, Geometry, ModelConfig } from './types.js';

/** Defaults of everything that does not follow from another option. */
export const MODEL_DEFAULTS = {
  mapSize: 256,
  scoreRatio: 0.01,
  attention: 'linear',
  bottleneckDropout: 0.2,
} as const;

/** Sizes above this are refused: a picture of that size would need more memory than any machine has. */
const LARGEST_SIDE = 16384;

/** Keys of the options that describe the geometry. */
export const GEOMETRY_KEYS = ['size', 'crop', 'mapSize', 'scoreRatio'] as const;

/** Keys of the options that describe the network. */
export const NETWORK_KEYS = [
  'targetLayers',
  'scheme',
  'encoderGroups',
  'decoderGroups',
  'decoderDepth',
  'decoderHeads',
  'attention',
  'neighbourMask',
  'bottleneckDropout',
] as const;

/** Names of the decoder's attentions. */
export const ATTENTIONS = ['linear', 'softmax', 'efficient'] as const satisfies readonly Attention[];

type Unchecked<Keys extends readonly string[]> = Readonly<Partial<Record<Keys[number], unknown>>>;

/** `[crop, size]` that the benchmarks use with a patch of this side. */
function publishedSides(patch: number): readonly [crop: number, size: number] {
  if (patch === 16) {
    return [448, 512];
  }
  const crop = Math.max(1, Math.floor(392 / patch)) * patch;
  return [crop, Math.round((crop * 8) / 7)];
}

function cropSide(size: number, patch: number): number {
  return Math.max(1, Math.floor((size * 7) / 8 / patch)) * patch;
}

function resolveSides(given: Unchecked<typeof GEOMETRY_KEYS>, path: string, patch: number): [Extent, Extent] {
  const size = given.size === undefined ? undefined : checkExtent(given.size, `${path}.size`);
  const crop = given.crop === undefined ? undefined : checkExtent(given.crop, `${path}.crop`);
  const [cropDefault, sizeDefault] = publishedSides(patch);
  if (crop !== undefined) {
    return [size ?? [Math.round((crop[0] * 8) / 7), Math.round((crop[1] * 8) / 7)], crop];
  }
  if (size !== undefined) {
    return [size, [cropSide(size[0], patch), cropSide(size[1], patch)]];
  }
  return [
    [sizeDefault, sizeDefault],
    [cropDefault, cropDefault],
  ];
}

/** Checks and completes the geometry for an encoder of this patch. */
export function resolveGeometry(given: Unchecked<typeof GEOMETRY_KEYS>, path: string, patch: number): Geometry {
  const [resize, crop] = resolveSides(given, path, patch);
  const map = checkExtent(orDefault(given.mapSize, MODEL_DEFAULTS.mapSize), `${path}.mapSize`);
  if (crop.some((side) => side % patch !== 0)) {
    throw outOfRange(`a multiple of the patch, ${patch},`, `${path}.crop`, given.crop ?? crop);
  }
  if (crop[0] > resize[0] || crop[1] > resize[1]) {
    throw outOfRange(`at most the size, ${resize[0]} x ${resize[1]},`, `${path}.crop`, given.crop ?? crop);
  }
  for (const [name, extent] of [['size', resize] as const, ['mapSize', map] as const]) {
    if (Math.max(...extent) > LARGEST_SIDE) {
      throw outOfRange(`at most ${LARGEST_SIDE}`, `${path}.${name}`, given[name] ?? extent);
    }
  }
  const ratio = orDefault(given.scoreRatio, MODEL_DEFAULTS.scoreRatio);
  return { resize, crop, map, scoreRatio: checkNumber(ratio, `${path}.scoreRatio`, { min: 0, max: 1 }) };
}

/** The window of the neighbour mask, which only softmax attention has. */
function resolveNeighbourMask(value: unknown, path: string, attention: Attention): number | null {
  if ((value ?? null) === null) {
    return null;
  }
  const window = checkInteger(value, path, { min: 1, max: LARGEST_SIDE });
  if (window % 2 === 0) {
    throw outOfRange('an odd window, with the query in its middle,', path, value);
  }
  if (attention !== 'softmax') {
    throw outOfRange(`no window with ${attention} attention, which has no probabilities to mask,`, path, value);
  }
  return window;
}

/** A window as large as the patch grid would leave the patches in its middle nothing to look at. */
export function checkNeighbourMask(config: ModelConfig, geometry: Geometry, path: string): void {
  const grid = geometry.crop.map((side) => side / config.encoder.patch);
  if (config.neighbourMask !== null && config.neighbourMask >= Math.max(...grid)) {
    throw outOfRange(`a window smaller than the patch grid, ${grid.join(' x ')},`, path, config.neighbourMask);
  }
}

/**
 * Checks and completes the network around an encoder.
 *
 * @param given - options, or the config of a model file, which says `fusion` where options say `scheme`
 */
export function resolveNetwork(
  given: Unchecked<readonly [...typeof NETWORK_KEYS, 'fusion']>,
  path: string,
  encoder: EncoderConfig,
): ModelConfig {
  const targetLayers =
    given.targetLayers === undefined
      ? defaultTargetLayers(encoder.depth)
      : checkAscending(given.targetLayers, `${path}.targetLayers`, encoder.depth);
  const decoderDepth = checkInteger(orDefault(given.decoderDepth, targetLayers.length), `${path}.decoderDepth`, {
    min: 1,
    max: SHAPE_LIMITS.depth,
  });
  const decoderHeads = checkInteger(orDefault(given.decoderHeads, encoder.heads), `${path}.decoderHeads`, { min: 1 });
  if (encoder.dim % decoderHeads !== 0) {
    throw outOfRange(`a divisor of dim ${encoder.dim}`, `${path}.decoderHeads`, decoderHeads);
  }
  const attention = checkOneOf(orDefault(given.attention, MODEL_DEFAULTS.attention), `${path}.attention`, ATTENTIONS);
  const dropout = orDefault(given.bottleneckDropout, MODEL_DEFAULTS.bottleneckDropout);
  return {
    encoder,
    targetLayers,
    ...resolveGroups(given, path, targetLayers.length, decoderDepth),
    decoderDepth,
    decoderHeads,
    attention,
    neighbourMask: resolveNeighbourMask(given.neighbourMask, `${path}.neighbourMask`, attention),
    bottleneckDropout: checkNumber(dropout, `${path}.bottleneckDropout`, { min: 0, max: 0.999 }),
  };
}
