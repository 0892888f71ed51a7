/** Where the published weights of each named encoder come from. Data only: nothing here downloads. */
import { checkOneOf } from '../check.js';
import { encoderNames, registeredEncoder } from '../encoders/registry.js';
import type { EncoderName } from '../options/types.js';

/** What is known of a publisher's file. */
export interface WeightsSource {
  /** A plain link, or null where the publisher has none: `note` then says where to get which file. */
  readonly url: string | null;
  readonly bytes?: number | null | undefined;
  /** SHA-256, lower-case hex, where the publisher or the project knows it. */
  readonly sha256?: string | null | undefined;
  readonly licence: string;
  readonly note?: string | undefined;
}

/** The source of an encoder's weights. @throws TypeError, RangeError for an unknown name */
export function weightsSource(name: unknown): { name: EncoderName; source: WeightsSource } {
  const known = checkOneOf(name, 'encoder', encoderNames);
  const { weights, licence } = registeredEncoder(known);
  return { name: known, source: { ...weights, licence } };
}

/**
 * The SHA-256 that a file must have, or the beginning of it: files named `...-<hex>.pth` carry that, by the custom of
 * torch.hub. Null where nothing is known.
 */
export function expectedHash(source: WeightsSource): string | null {
  return source.sha256?.toLowerCase() ?? /-([0-9a-f]{8,64})\.\w+$/.exec(source.url ?? '')?.[1] ?? null;
}
