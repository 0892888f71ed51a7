/**
 * Events for monitoring, by `node:diagnostics_channel`. Each name is a tracing channel: `tracing:<name>:start` and `:end` tell of
 * the call, `:asyncStart` and `:asyncEnd` of its result, `:error` of its failure; all share one object, to which Node adds
 * `result` or `error`. Without subscribers an event costs one comparison. What each holds is in diagnostics-events.ts.
 */
import { channel, tracingChannel } from 'node:diagnostics_channel';

const CHANNELS = {
  'dinomaly:load': tracingChannel('dinomaly:load'),
  'dinomaly:score': tracingChannel('dinomaly:score'),
  'dinomaly:train': tracingChannel('dinomaly:train'),
  'dinomaly:evaluate': tracingChannel('dinomaly:evaluate'),
  'dinomaly:calibrate': tracingChannel('dinomaly:calibrate'),
} as const;

/** The tracing channels. */
export type DiagnosticsName = keyof typeof CHANNELS;

/** Runs work as an event of a channel. */
export function traced<T>(name: DiagnosticsName, context: object, work: () => Promise<T>): Promise<T> {
  const tracing = CHANNELS[name];
  return tracing.hasSubscribers ? tracing.tracePromise(work, context) : work();
}

/** The plain channel that gets the progress of each step of a training. */
const STEP = channel('dinomaly:train:step');

/** Tells of a step of a training. */
export function traceStep(progress: object): void {
  if (STEP.hasSubscribers) {
    STEP.publish(progress);
  }
}
