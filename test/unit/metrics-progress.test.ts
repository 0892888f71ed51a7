/** How metrics tell of their progress, whatever the order in which threads report it. */
import test from 'ava';
import { callReporting } from '../../lib/metrics/result.js';

test('progress never falls: a report that comes late is left out', async (t) => {
  const told: number[] = [];
  const work = (_stop: unknown, listen: ((fraction: number) => void) | undefined): Promise<string> => {
    for (const fraction of [0.25, 0.5, 0.375, 0.5, 1]) {
      listen?.(fraction);
    }
    return Promise.resolve('done');
  };
  const onProgress = (fraction: number): void => void told.push(fraction);
  t.is(await callReporting(work, { signal: undefined, onProgress }, 'computeMetrics'), 'done');
  t.deepEqual(told, [0.25, 0.5, 1]);
});
