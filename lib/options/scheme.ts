/**
 * Which layers are compared with which: the constraint schemes of Figure 4 by name, or groups of one's own (paper, section
 * 3.4).
 */
import { checkArray, checkInteger, checkOneOf, outOfRange } from '../check.js';
import type { ConstraintScheme, ModelConfig, SchemeLetter } from './types.js';

/** Names of the schemes by their letters in Figure 4. */
export const SCHEMES: Readonly<Record<SchemeLetter, ConstraintScheme>> = {
  a: 'layer-to-layer-sparse',
  b: 'layer-to-cat-layer',
  c: 'layer-to-layer-dense',
  d: 'one-group',
  e: 'two-groups',
};

/** Every word that `scheme` takes. */
export const SCHEME_WORDS = [...Object.values(SCHEMES), ...(Object.keys(SCHEMES) as SchemeLetter[])] as const;

/** What the schemes and the explicit lists come down to. */
export type Groups = Pick<ModelConfig, 'encoderGroups' | 'decoderGroups' | 'fusion'>;

/** Options that say what is compared, unchecked; `fusion` comes from model files only. */
export type GivenGroups = Readonly<Partial<Record<'scheme' | 'encoderGroups' | 'decoderGroups' | 'fusion', unknown>>>;

function positions(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function halves(count: number): number[][] {
  const all = positions(count);
  // Of seven, as of SAM 2's Hiera, the first three: shallow features are the less alike.
  const middle = Math.floor(count / 2);
  return count < 2 ? [all] : [all.slice(0, middle), all.slice(middle)];
}

/** Every other position: 1, 3, 5, 7 of 8. */
function everyOther(count: number): number[] {
  return positions(count).filter((position) => position % 2 === 1);
}

function checkIndices(value: unknown, path: string, count: number): number[] {
  const indices = checkArray(value, path, (item, at) => checkInteger(item, at, { min: 0, max: count - 1 }));
  if (indices.length === 0 || new Set(indices).size !== indices.length) {
    throw outOfRange('at least one index, none twice,', path, value);
  }
  return indices;
}

/** A list of indices that rise. */
export function checkAscending(value: unknown, path: string, count: number): number[] {
  const indices = checkIndices(value, path, count);
  if (indices.some((index, at) => index <= (indices[at - 1] ?? -1))) {
    throw outOfRange('ascending indices', path, value);
  }
  return indices;
}

function checkGroups(value: unknown, path: string, count: number): number[][] {
  if (value === undefined) {
    return halves(count);
  }
  const groups = checkArray(value, path, (group, at) => checkIndices(group, at, count));
  if (groups.length === 0) {
    throw outOfRange('at least one group', path, value);
  }
  return groups;
}

function explicitGroups(given: GivenGroups, path: string, targets: number, depth: number): Groups {
  const encoderGroups = checkGroups(given.encoderGroups, `${path}.encoderGroups`, targets);
  const decoderGroups = checkGroups(given.decoderGroups, `${path}.decoderGroups`, depth);
  if (encoderGroups.length !== decoderGroups.length) {
    const what = `as many groups as encoderGroups, ${encoderGroups.length},`;
    throw outOfRange(what, `${path}.decoderGroups`, decoderGroups);
  }
  const fusion =
    given.fusion === undefined ? 'mean' : checkOneOf(given.fusion, `${path}.fusion`, ['mean', 'concatenate']);
  if (fusion === 'concatenate' && encoderGroups.length !== 1) {
    throw outOfRange('one group where its targets are concatenated', `${path}.encoderGroups`, encoderGroups);
  }
  return { encoderGroups, decoderGroups, fusion };
}

function schemeGroups(scheme: ConstraintScheme, targets: number, depth: number): Groups {
  const pairs = (chosen: readonly number[]): Groups => {
    const groups = chosen.map((position) => [position]);
    return { encoderGroups: groups, decoderGroups: groups, fusion: 'mean' };
  };
  switch (scheme) {
    case 'layer-to-layer-sparse':
      return pairs(everyOther(targets));
    case 'layer-to-cat-layer':
      return { encoderGroups: [everyOther(targets)], decoderGroups: [[0]], fusion: 'concatenate' };
    case 'layer-to-layer-dense':
      return pairs(positions(targets));
    case 'one-group':
      return { encoderGroups: [positions(targets)], decoderGroups: [positions(depth)], fusion: 'mean' };
    case 'two-groups':
      return { encoderGroups: halves(targets), decoderGroups: halves(depth), fusion: 'mean' };
  }
}

function checkScheme(value: unknown, path: string, targets: number, depth: number): ConstraintScheme {
  const chosen = checkOneOf(value, path, SCHEME_WORDS);
  const scheme = chosen in SCHEMES ? SCHEMES[chosen as SchemeLetter] : (chosen as ConstraintScheme);
  if (scheme !== 'one-group' && scheme !== 'layer-to-layer-dense' && targets < 2) {
    throw outOfRange(`'one-group' or 'layer-to-layer-dense' with a single target layer`, path, value);
  }
  if (scheme === 'two-groups' && depth < 2) {
    throw outOfRange(`'one-group' or 'layer-to-cat-layer' with a single decoder block`, path, value);
  }
  if (scheme.startsWith('layer-to-layer') && depth !== targets) {
    const what = `a scheme of groups, since ${depth} decoder blocks do not pair with ${targets} target layers,`;
    throw outOfRange(what, path, value);
  }
  return scheme;
}

/**
 * The groups that a scheme or explicit lists describe; two halves where nothing is said.
 *
 * @param targets - number of target layers
 * @param depth - number of decoder blocks
 */
export function resolveGroups(given: GivenGroups, path: string, targets: number, depth: number): Groups {
  if (given.scheme === undefined) {
    return explicitGroups(given, path, targets, depth);
  }
  const scheme = checkScheme(given.scheme, `${path}.scheme`, targets, depth);
  for (const key of ['encoderGroups', 'decoderGroups'] as const) {
    if (given[key] !== undefined) {
      throw outOfRange(`no value beside a scheme, which says what is grouped,`, `${path}.${key}`, given[key]);
    }
  }
  return schemeGroups(scheme, targets, depth);
}
