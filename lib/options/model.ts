/** From the options of a person to the geometry and the network they describe. */
import { checkExtent, checkInteger, checkNumber, checkOneOf, orDefault, outOfRange } from '../check.js';
import { decoderDefaults } from '../encoders/decoder.js';
import { inputMultiple, targetRange } from '../encoders/shapes.js';
import type { Orientation } from '../image/orientation.js';
import { SHAPE_LIMITS } from './encoders.js';
import { likeAspect, type PictureFacts, wholeSides } from './own-pictures.js';
import { checkAscending, resolveGroups } from './scheme.js';
import { checkTiles } from './tiles.js';
import type { Attention, EncoderConfig, Extent, Geometry, ModelConfig } from './types.js';

/** Defaults of everything that does not follow from another option. */
const MODEL_DEFAULTS = {
  mapSize: 256,
  scoreRatio: 0.01,
  attention: 'linear',
  bottleneckDropout: 0.2,
} as const;

/** Sizes above this are refused: a picture of that size would need more memory than any machine has. */
const LARGEST_SIDE = 16384;

/** Keys of the options that describe the geometry. */
export const GEOMETRY_KEYS = ['size', 'crop', 'mapSize', 'scoreRatio', 'tiles'] as const;

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

type Patched = Pick<EncoderConfig, 'family' | 'patch'>;

/** `[crop, size]` that the benchmarks use with such an encoder. */
function publishedSides({ family, patch }: Patched): readonly [crop: number, size: number] {
  if (family === 'hiera') {
    const side = Math.max(1, Math.round(14 / (patch / 16))) * 2 * patch;
    return [side, side];
  }
  if (patch === 16) {
    return [448, 512];
  }
  const crop = Math.max(1, Math.floor(392 / patch)) * patch;
  return [crop, Math.round((crop * 8) / 7)];
}

/** What is seen of a size when no crop is given. Hiera sees all of it, as SAM 2 does. */
function cropSide(size: number, encoder: Patched): number {
  const { family, patch } = encoder;
  return family === 'hiera' ? size : Math.max(1, Math.floor((size * 7) / 8 / patch)) * patch;
}

/** The size that a crop was cut from when none is given. */
function sizeSide(crop: number, { family }: Patched): number {
  return family === 'hiera' ? crop : Math.round((crop * 8) / 7);
}

function resolveSides(
  given: Unchecked<typeof GEOMETRY_KEYS>,
  path: string,
  encoder: Patched,
  own: PictureFacts | undefined,
): [Extent, Extent] {
  const size = given.size === undefined ? undefined : checkExtent(given.size, `${path}.size`);
  const crop = given.crop === undefined ? undefined : checkExtent(given.crop, `${path}.crop`);
  const [cropDefault, sizeDefault] = publishedSides(encoder);
  if (own?.asked === true && (crop !== undefined || Array.isArray(given.size))) {
    const key = crop === undefined ? 'size' : 'crop';
    const what = key === 'crop' ? 'nothing, since a size with an aspect is inspected whole,' : 'one side beside aspect';
    throw outOfRange(what, `${path}.${key}`, given[key]);
  }
  if (crop !== undefined) {
    return [size ?? [sizeSide(crop[0], encoder), sizeSide(crop[1], encoder)], crop];
  }
  if (own !== undefined) {
    return wholeSides(size, own, inputMultiple(encoder), sizeDefault);
  }
  if (size !== undefined) {
    return [size, [cropSide(size[0], encoder), cropSide(size[1], encoder)]];
  }
  return [
    [sizeDefault, sizeDefault],
    [cropDefault, cropDefault],
  ];
}

/**
 * Checks and completes the geometry for an encoder.
 *
 * @param own - of the pictures of one's own that it is for
 */
export function resolveGeometry(
  given: Unchecked<typeof GEOMETRY_KEYS>,
  path: string,
  encoder: Patched,
  own?: PictureFacts,
): Geometry {
  const [resize, crop] = resolveSides(given, path, encoder, own);
  const multiple = inputMultiple(encoder);
  const usual = own === undefined ? MODEL_DEFAULTS.mapSize : likeAspect(crop, MODEL_DEFAULTS.mapSize);
  const map = checkExtent(orDefault(given.mapSize, usual), `${path}.mapSize`);
  if (crop.some((side) => side % multiple !== 0)) {
    const what = encoder.family === 'hiera' ? `a multiple of ${multiple}` : `a multiple of the patch, ${multiple},`;
    throw outOfRange(what, `${path}.crop`, given.crop ?? crop);
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
  const scoreRatio = checkNumber(ratio, `${path}.scoreRatio`, { min: 0, max: 1 });
  const tiles = checkTiles(given.tiles, `${path}.tiles`, { resize, crop }, encoder.patch);
  return { resize, crop, map, scoreRatio, ...(tiles !== null && { tiles }) };
}

/** Whether nothing of a picture is left out. */
export function seesAll({ resize, crop }: Pick<Geometry, 'resize' | 'crop'>): boolean {
  return crop[0] === resize[0] && crop[1] === resize[1];
}

/** A geometry with an orientation; files of before there was one say nothing of it, nor do those that ignore it. */
export function oriented(geometry: Geometry, orientation: Orientation): Geometry {
  const { orientation: _, ...rest } = geometry;
  return orientation === 'ignore' ? rest : { ...rest, orientation };
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

function resolveTargets(value: unknown, path: string, encoder: EncoderConfig): readonly number[] {
  if (value === undefined) {
    return decoderDefaults(encoder).targetLayers;
  }
  const targets = checkAscending(value, path, encoder.depth);
  const [first, end] = targetRange(encoder);
  if (targets.some((target) => target < first || target >= end)) {
    throw outOfRange(`blocks ${first} to ${end - 1}, whose tokens are those of the features,`, path, value);
  }
  return targets;
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
  const defaults = decoderDefaults(encoder);
  const targetLayers = resolveTargets(given.targetLayers, `${path}.targetLayers`, encoder);
  const depth = given.targetLayers === undefined ? defaults.decoderDepth : targetLayers.length;
  const decoderDepth = checkInteger(orDefault(given.decoderDepth, depth), `${path}.decoderDepth`, {
    min: 1,
    max: SHAPE_LIMITS.depth,
  });
  const heads = orDefault(given.decoderHeads, defaults.decoderHeads);
  const decoderHeads = checkInteger(heads, `${path}.decoderHeads`, { min: 1 });
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
