/** Where the weights of a row's encoder are. */
import { basename, join } from 'node:path';
import { encoderNames } from '../options/encoders.js';
import type { EncoderName } from '../options/types.js';
import { cachedWeights, isFile, weightsFolder } from '../weights/cache.js';
import { expectedHash, type WeightsSource, weightsSource } from '../weights/source.js';
import { describeEncoder } from './tables-ablation.js';
import type { RowOptions } from './types.js';

/** Weights of a run: a file, null for an untrained encoder, or why there are none. */
export type FoundWeights = { readonly file: string | null } | { readonly missing: string };

function publishedName({ url }: WeightsSource): string | undefined {
  return url === null ? undefined : basename(new URL(url).pathname);
}

/** The publisher's name of an encoder's file, where no other encoder's file has it. */
function ownPublishedName(encoder: EncoderName): string | undefined {
  const own = publishedName(weightsSource(encoder).source);
  const sharing = encoderNames.filter((name) => publishedName(weightsSource(name).source) === own);
  return sharing.length === 1 ? own : undefined;
}

/** The SHA-256 of an encoder's published file, or its beginning; null where it is not known. */
export function publishedHash(encoder: string): string | null {
  const known = encoderNames.find((name) => name === encoder);
  return known === undefined ? null : expectedHash(weightsSource(known).source);
}

/**
 * Finds the weights of an encoder.
 *
 * @param given - a file, null for an untrained encoder, undefined to look for one
 * @param folder - where to look; the pulled ones when undefined
 */
export function findWeights(
  encoder: RowOptions['encoder'],
  given: string | null | undefined,
  folder: string | undefined,
): FoundWeights {
  if (given !== undefined) {
    return { file: given };
  }
  if (typeof encoder !== 'string') {
    return { missing: `no weights were given for the encoder ${describeEncoder(encoder)}: --weights FILE` };
  }
  const published = folder === undefined ? undefined : ownPublishedName(encoder);
  const files = [cachedWeights(encoder, folder), ...(folder && published ? [join(folder, published)] : [])];
  const file = files.find((path) => path !== undefined && isFile(path));
  if (file !== undefined) {
    return { file };
  }
  const names = [`${encoder}.pth`, `${encoder}.safetensors`, ...(published === undefined ? [] : [published])];
  const pull = `dinomaly weights pull ${encoder} fetches it, or says where it is`;
  const remedy = folder === undefined ? `; ${pull}` : '';
  return { missing: `${folder ?? weightsFolder()} has none of ${names.join(', ')}${remedy}` };
}
