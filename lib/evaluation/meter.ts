/** Progress of scoring a list of pictures. */
import type { EvaluateProgress } from './types.js';

/** Called after each picture, and awaited. */
export type OnProgress = (progress: EvaluateProgress) => void | Promise<void>;

/**
 * Counts pictures and tells how fast they come.
 *
 * @param started - `performance.now()` when the work began
 */
export function meter(
  total: number,
  started: number,
  onProgress: OnProgress | undefined,
): (className: string) => Promise<void> {
  let done = 0;
  return async (className) => {
    done++;
    const imagesPerSecond = done / Math.max(1e-6, (performance.now() - started) / 1000);
    await onProgress?.({ className, done, total, imagesPerSecond, remainingSeconds: (total - done) / imagesPerSecond });
  };
}
