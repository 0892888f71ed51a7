/** How the calls of many callers come to one model: the options, and their defaults by device. */
import { checkInteger, checkNumber, orDefault } from '../check.js';
import type { Device } from './device.js';

/** How many scores of a model wait, and how they share passes. */
export interface QueueOptions {
  /**
   * Most calls of `model.score` that may run or wait at once; a further one rejects with `OVERLOADED`, before anything is
   * read. `Infinity` for no bound. Default: 4096. A waiting call holds a few kilobytes, and a copy of its picture where that
   * was given as bytes or pixels; `scoreMany` and evaluations wait by themselves and are not counted.
   */
  readonly maxQueued?: number | undefined;
  /**
   * Most pictures that share a pass of the network. On the CPU each has its own pass all the same, and its numbers never
   * depend on the others: a batch shares only the resizing. Default: 4 on the CPU, 32 on a GPU.
   */
  readonly maxBatch?: number | undefined;
  /**
   * Milliseconds that a picture waits, while the model is idle, for others to share its pass. Those that wait while a pass
   * runs go together when it ends, whatever this says. Default: 0.
   */
  readonly maxDelayMs?: number | undefined;
}

/** Keys of {@link QueueOptions}. */
export const QUEUE_KEYS = ['maxQueued', 'maxBatch', 'maxDelayMs'] as const;

/** Checked {@link QueueOptions}; the default of `maxBatch` waits for the device. */
export interface CheckedQueue {
  readonly maxQueued: number;
  readonly maxBatch: number | undefined;
  readonly maxDelayMs: number;
}

/** The same for a device. */
export interface Queue extends CheckedQueue {
  readonly maxBatch: number;
}

/** More than a list of a script, less than what memory holds. */
const MAX_QUEUED = 4096;
const MOST_BATCH = 1024;
const MOST_DELAY_MS = 10_000;

/** Checks {@link QueueOptions}. */
export function checkQueue(
  { maxQueued, maxBatch, maxDelayMs }: Readonly<Partial<Record<(typeof QUEUE_KEYS)[number], unknown>>>,
  path = 'options',
): CheckedQueue {
  const unbounded = maxQueued === Number.POSITIVE_INFINITY;
  return {
    maxQueued: unbounded ? maxQueued : checkInteger(orDefault(maxQueued, MAX_QUEUED), `${path}.maxQueued`, { min: 1 }),
    maxBatch:
      maxBatch === undefined ? undefined : checkInteger(maxBatch, `${path}.maxBatch`, { min: 1, max: MOST_BATCH }),
    maxDelayMs: checkNumber(orDefault(maxDelayMs, 0), `${path}.maxDelayMs`, { min: 0, max: MOST_DELAY_MS }),
  };
}

/** The defaults of a device: a pass of a GPU takes 32 pictures in less time than 32 passes; on the CPU a batch shares the resizing. */
export function queueOn(device: Device, queue: CheckedQueue): Queue {
  return { ...queue, maxBatch: queue.maxBatch ?? (device === 'cpu' ? 4 : 32) };
}
