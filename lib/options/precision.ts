/** Arithmetic of scoring: what is asked for, and what the device has. */
import { checkBoolean, checkOneOf, orDefault } from '../check.js';
import { DinomalyError } from '../errors.js';
import type { Device } from './device.js';

/** All of {@link Precision}, the finest first. */
export const PRECISIONS = ['fp32', 'bf16', 'int8'] as const;

/**
 * Arithmetic of the network's products. `'fp32'` is exact to 1e-5. `'bf16'` keeps 8 bits of each number, `'int8'` takes 8-bit
 * numbers in the linear layers and bf16 in the attention; sums, normalisation and all that runs from layer to layer stay fp32.
 */
export type Precision = (typeof PRECISIONS)[number];

/** What may be asked for. */
export const PRECISION_OPTIONS = ['auto', ...PRECISIONS] as const;

/** `'auto'` takes bf16 where the device has instructions for it, else fp32. */
export type PrecisionOption = (typeof PRECISION_OPTIONS)[number];

/** Options that say in what arithmetic a model runs. */
export interface PrecisionOptions {
  /**
   * Arithmetic of the network. A device without instructions for it runs the next finer one that it has, and `model.info` says
   * so. Default: `'fp32'`.
   */
  readonly precision?: PrecisionOption | undefined;
  /** `true` rejects with `PRECISION_UNAVAILABLE` in place of running a finer one. Default: `false`. */
  readonly requirePrecision?: boolean | undefined;
}

/** Keys of {@link PrecisionOptions}. */
export const PRECISION_KEYS = ['precision', 'requirePrecision'] as const;

/** Checked options of a precision. */
export interface CheckedPrecision {
  readonly asked: PrecisionOption;
  readonly required: boolean;
}

/** The arithmetic that a model runs in, and why. */
export interface PrecisionChoice {
  readonly asked: PrecisionOption;
  readonly precision: Precision;
  /** Why it is that one, e.g. `'this processor has no AVX512-BF16'`. */
  readonly reason: string;
}

/** Which of the rounded precisions a device has instructions for. */
export type PrecisionSupport = Readonly<Record<Exclude<Precision, 'fp32'>, boolean>>;

/** Checks the options of a precision. */
export function checkPrecision(precision: unknown, required: unknown): CheckedPrecision {
  return {
    asked: checkOneOf(orDefault(precision, 'fp32'), 'options.precision', PRECISION_OPTIONS),
    required: checkBoolean(orDefault(required, false), 'options.requirePrecision'),
  };
}

function lack(precision: Precision, device: Device): string {
  if (device === 'cpu') {
    return `this processor has no ${precision === 'int8' ? 'AVX512-VNNI' : 'AVX512-BF16'}`;
  }
  return precision === 'int8' ? 'int8 runs on the CPU only' : 'this GPU has no bf16 products';
}

/**
 * The precision that a model runs in.
 *
 * @param supportOf - asked only where another one than fp32 is wanted: on a GPU the answer starts the device
 * @throws DinomalyError `PRECISION_UNAVAILABLE` when one is required that the device has not
 */
export function choosePrecision(
  { asked, required }: CheckedPrecision,
  device: Device,
  supportOf: (device: Device) => PrecisionSupport,
): PrecisionChoice {
  if (asked === 'fp32') {
    return { asked, precision: asked, reason: 'it is exact, and every device has it' };
  }
  const support = supportOf(device);
  const has = (precision: Precision): boolean => precision === 'fp32' || support[precision];
  const wanted = asked === 'auto' ? 'bf16' : asked;
  if (has(wanted)) {
    const here = device === 'cpu' ? 'this processor' : 'this GPU';
    const reason = asked === 'auto' ? `${here} has instructions for bf16` : 'it was asked for';
    return { asked, precision: wanted, reason };
  }
  const finer = PRECISIONS.slice(0, PRECISIONS.indexOf(wanted)).findLast(has) ?? 'fp32';
  const reason = lack(wanted, device);
  if (required && asked !== 'auto') {
    throw new DinomalyError(
      'PRECISION_UNAVAILABLE',
      `options.precision is '${asked}', but ${reason}. Take 'auto' or '${finer}', or leave out requirePrecision.`,
    );
  }
  return { asked, precision: finer, reason };
}
