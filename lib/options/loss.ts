/** The loss of a run and its share of easy points (paper, section 3.4, equations 4 to 6). */
import { checkInteger, checkNumber, checkOneOf, orDefault, outOfRange } from '../check.js';
import type { Loss } from './types.js';

/** Names of the losses. */
export const LOSSES = ['loose', 'global-cosine', 'per-point'] as const satisfies readonly Loss[];

/** Keys of the options that describe the loss. */
export const LOSS_KEYS = ['loss', 'easyFraction', 'easyRampSteps', 'easyGradientFactor'] as const;

/** Defaults of the loose loss. */
const LOSS_DEFAULTS = {
  loss: 'loose',
  easyFraction: 0.9,
  easyRampSteps: 1000,
  easyGradientFactor: 0.1,
} as const;

/** A checked loss. */
export interface LossOptions {
  readonly loss: Loss;
  readonly easyFraction: number;
  readonly easyRampSteps: number;
  readonly easyGradientFactor: number;
}

type Given = Readonly<Partial<Record<(typeof LOSS_KEYS)[number], unknown>>>;

function refuse(given: Given, path: string, keys: readonly (typeof LOSS_KEYS)[number][], reason: string): void {
  for (const key of keys) {
    if (given[key] !== undefined) {
      throw outOfRange(`no value with ${reason},`, `${path}.${key}`, given[key]);
    }
  }
}

/** Checks and completes the loss. */
export function resolveLoss(given: Given, path: string): LossOptions {
  const loss = checkOneOf(orDefault(given.loss, LOSS_DEFAULTS.loss), `${path}.loss`, LOSSES);
  if (loss === 'global-cosine') {
    const keys = ['easyFraction', 'easyRampSteps', 'easyGradientFactor'] as const;
    refuse(given, path, keys, "loss 'global-cosine', which treats easy and hard points alike");
  }
  if (loss === 'per-point' && given.easyFraction === undefined) {
    const keys = ['easyRampSteps', 'easyGradientFactor'] as const;
    refuse(given, path, keys, "loss 'per-point' without easyFraction, which leaves no easy points");
  }
  const fraction = orDefault(given.easyFraction, loss === 'loose' ? LOSS_DEFAULTS.easyFraction : 0);
  const ramp = orDefault(given.easyRampSteps, LOSS_DEFAULTS.easyRampSteps);
  const factor = orDefault(given.easyGradientFactor, LOSS_DEFAULTS.easyGradientFactor);
  return {
    loss,
    easyFraction: checkNumber(fraction, `${path}.easyFraction`, { min: 0, max: 1 }),
    easyRampSteps: checkInteger(ramp, `${path}.easyRampSteps`, { min: 1 }),
    easyGradientFactor: checkNumber(factor, `${path}.easyGradientFactor`, { min: 0, max: 1 }),
  };
}
