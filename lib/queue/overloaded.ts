/** The error of a score for which there is no room. */
import { DinomalyError } from '../errors.js';

/** A score was refused, since as many of its model run or wait as `maxQueued` allows. */
export class OverloadedError extends DinomalyError {
  override readonly name: string = 'OverloadedError';
  /**
   * Milliseconds that the scores before it are expected to take, by the times of those that the model scored last; 1000 where
   * there are none yet.
   */
  readonly retryAfterMs: number;

  /**
   * @param scores - as many as run or wait
   * @param retryAfterMs - milliseconds that they are expected to take
   */
  constructor(scores: number, retryAfterMs: number) {
    const seconds = Math.ceil(retryAfterMs / 1000);
    const message = `${scores} scores of this model run or wait already, as many as maxQueued allows: try again in about ${seconds} s.`;
    super('OVERLOADED', message);
    this.retryAfterMs = retryAfterMs;
  }
}
