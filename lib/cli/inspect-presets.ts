/** How much work `dinomaly inspect` puts into a model, by one word. */
import { availableParallelism, totalmem } from 'node:os';
import type { EncoderName } from '../index.js';

/** The words. */
export const PRESET_NAMES = ['fast', 'balanced', 'accurate'] as const;

export type PresetName = (typeof PRESET_NAMES)[number];

/** What a word stands for. */
export interface Preset {
  readonly encoder: EncoderName;
  /** Side of the square that pictures of one's own have as many pixels as. */
  readonly side: number;
  readonly iterations: number;
  readonly batchSize: number;
}

/** Two share an encoder, so that one download serves both. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  fast: { encoder: 'dinov2reg_vit_small_14', side: 280, iterations: 300, batchSize: 8 },
  balanced: { encoder: 'dinov2reg_vit_small_14', side: 392, iterations: 1000, batchSize: 16 },
  accurate: { encoder: 'dinov2reg_vit_base_14', side: 392, iterations: 3000, batchSize: 16 },
};

/** What a machine has. */
export interface Machine {
  readonly cuda: boolean;
  readonly cores: number;
  /** Bytes that the process may take. */
  readonly memory: number;
}

const GIB = 2 ** 30;

/** Bytes that the process may take where it has a limit, as in a container; null where it may take all. */
export function memoryLimit(): number | null {
  // 0, or more than all memory, where the process has no limit.
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : null;
}

/** The machine that this runs on. @param cuda - whether there is a CUDA device */
export function thisMachine(cuda: boolean): Machine {
  return { cuda, cores: availableParallelism(), memory: memoryLimit() ?? totalmem() };
}

/** The preset for a machine, and why, in words. */
export function choosePreset({ cuda, cores, memory }: Machine): {
  readonly name: PresetName;
  readonly because: string;
} {
  const size = `${Math.round(memory / GIB)} GiB of memory`;
  if (cuda) {
    return { name: 'accurate', because: 'a CUDA GPU' };
  }
  const name = cores >= 8 && memory >= 12 * GIB ? 'balanced' : 'fast';
  return { name, because: `${cores} cores, ${size}, no CUDA GPU` };
}
