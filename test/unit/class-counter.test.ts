/** How the pictures of a class reach the addon: kept up to a budget, in batches beyond. */
import test from 'ava';
import type { NativeMetrics, NativePictures } from '../../lib/binding/metric-types.js';
import type { NativeBinding } from '../../lib/binding/types.js';
import { DinomalyError } from '../../lib/errors.js';
import { ClassCounter, type Counted } from '../../lib/evaluation/class-counter.js';

interface Calls {
  /** Pictures of each call. */
  readonly computed: number[];
  readonly added: number[];
  readonly made: (readonly number[])[];
  disposed: number;
}

/** An addon that notes what it is asked, and knows no pixels. */
function noting(): { native: NativeBinding; calls: Calls } {
  const calls: Calls = { computed: [], added: [], made: [], disposed: 0 };
  const counts = { images: 0, anomalousImages: 0, normalPixels: 0, anomalousPixels: 0, regions: 0 };
  const metrics = { values: {}, bounds: {}, counts } as unknown as NativeMetrics;
  class MetricsStream {
    constructor(...made: number[]) {
      calls.made.push(made);
    }
    async add({ maps }: NativePictures): Promise<number> {
      return calls.added.push(maps.length);
    }
    async metrics(): Promise<NativeMetrics> {
      return metrics;
    }
    dispose(): void {
      calls.disposed++;
    }
  }
  const computeMetrics = async ({ maps }: NativePictures): Promise<NativeMetrics> => {
    calls.computed.push(maps.length);
    return metrics;
  };
  return { native: { MetricsStream, computeMetrics } as unknown as NativeBinding, calls };
}

function picture(change: Partial<Counted> = {}): Counted {
  return {
    path: 'a/b.png',
    map: new Float32Array(100),
    width: 10,
    mask: new Uint8Array(100),
    label: 0,
    score: 0.5,
    ...change,
  };
}

function options(images: number, memory: number): ConstructorParameters<typeof ClassCounter>[1] {
  return { pixels: images * 100, memory, pixelThreshold: null, points: 0, signal: undefined };
}

test('a class that fits is kept and ranked once', async (t) => {
  const { native, calls } = noting();
  const counter = new ClassCounter(native, options(70, 70 * 100 * 13));
  for (let i = 0; i < 70; ++i) await counter.add(picture());
  t.is((await counter.finish()).counting, 'exact');
  counter.dispose();
  t.deepEqual(calls, { computed: [70], added: [], made: [], disposed: 0 });
});

test('a class that does not fit is counted batch by batch, with the counters within bounds', async (t) => {
  const { native, calls } = noting();
  const counter = new ClassCounter(native, options(70, 70 * 100 * 13 - 1));
  for (let i = 0; i < 70; ++i) await counter.add(picture());
  t.deepEqual(calls.added, [32, 32]);
  t.is((await counter.finish()).counting, 'streaming');
  counter.dispose();
  t.deepEqual(calls, { computed: [], added: [32, 32, 6], made: [[1, 1, 0, 2 ** 20]], disposed: 1 });
});

test('a score that is not finite names the picture and what may mend it', async (t) => {
  const counter = new ClassCounter(noting().native, options(1, 0));
  for (const score of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const message = /a\/b\.png the score (NaN|Infinity).*precision 'fp32'/;
    await t.throwsAsync(counter.add(picture({ score })), { instanceOf: DinomalyError, code: 'INVALID_INPUT', message });
  }
});
