/** Memory that callers give is theirs again as soon as the call has returned, whatever its kind. */
import test from 'ava';
import sharp from 'sharp';
import {
  computeMetrics,
  Evaluator,
  encodeMap,
  findRegions,
  MetricsStream,
  Model,
  openDataset,
  placeMap,
  renderAttention,
  renderHeatmap,
} from '../../lib/index.js';
import { discPixels, temporaryFolder, writeModel } from '../helpers/drawn-set.js';
import { drawn } from '../helpers/maps.js';
import { givenMemories } from '../helpers/memory.js';

const { folder, remove } = temporaryFolder();
const info = { width: 48, height: 44, channels: 3 };
const pixels = discPixels(48, 44, 5, true);
const wave = drawn(24, 20, (x, y) => 1 + Math.sin(x * 0.7) + Math.cos(y * 0.4));
let data = '';
let model: Model;

test.before(async () => {
  const written = await writeModel(folder);
  data = written.data;
  model = await Model.load(written.model, { device: 'cpu' });
});
test.after.always(() => {
  model.dispose();
  remove();
});

/** What a function makes of bytes or floats that nobody takes away, and of those that are taken at once. */
interface Case {
  readonly title: string;
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
  readonly run: (buffer: ArrayBuffer, offset: number, length: number) => Promise<unknown>;
}

const mapBytes = (): Uint8Array => new Uint8Array(Float32Array.from(wave.map).buffer);
const asMap = (buffer: ArrayBuffer, offset: number, length: number) => ({
  ...{ height: wave.height, width: wave.width },
  map: new Float32Array(buffer, offset, length / 4),
});
const png = (): Promise<Buffer> =>
  sharp(pixels, { raw: { width: 48, height: 44, channels: 3 } })
    .png()
    .toBuffer();
const mask = Uint8Array.from(wave.map, (value) => (value > 1.5 ? 1 : 0));
const { height, width } = wave;

const CASES: readonly Case[] = [
  {
    title: 'score of encoded bytes',
    bytes: png,
    run: async (...given) => (await model.score(new Uint8Array(...given))).map,
  },
  {
    title: 'score of raw pixels',
    bytes: () => pixels,
    run: async (...given) => (await model.score({ data: new Uint8Array(...given), info })).map,
  },
  {
    title: 'score of raw pixels with alpha',
    bytes: () => Buffer.alloc(48 * 44 * 4, 77),
    run: async (...given) =>
      (await model.score({ data: new Uint8Array(...given), info: { ...info, channels: 4 } })).map,
  },
  {
    title: 'attention of encoded bytes',
    bytes: png,
    run: (...given) => model.attention(new Uint8Array(...given), { row: 1, column: 2 }),
  },
  {
    title: 'placeMap of a map',
    bytes: mapBytes,
    run: (...given) => placeMap(asMap(...given), { width: 90, height: 80 }, model),
  },
  {
    title: 'placeMap on encoded bytes',
    bytes: png,
    run: (...given) => placeMap(wave, new Uint8Array(...given), model),
  },
  {
    title: 'findRegions',
    bytes: mapBytes,
    run: (...given) => findRegions(asMap(...given), { threshold: 1.2 }),
  },
  { title: 'encodeMap', bytes: mapBytes, run: (...given) => encodeMap(asMap(...given), { format: 'tiff' }) },
  {
    title: 'renderHeatmap of a map',
    bytes: mapBytes,
    run: (...given) => renderHeatmap({ data: pixels, info }, asMap(...given), model),
  },
  {
    title: 'renderHeatmap of a picture',
    bytes: png,
    run: (...given) => renderHeatmap(new Uint8Array(...given), wave, model),
  },
  {
    title: 'renderAttention of a map',
    bytes: mapBytes,
    run: (...given) =>
      renderAttention(
        { data: pixels, info },
        { ...asMap(...given), layer: 0, entropy: 0 } as never,
        { row: 1, column: 2 },
        model,
      ),
  },
  {
    title: 'computeMetrics of one array',
    bytes: mapBytes,
    run: (...given) => computeMetrics({ maps: asMap(...given).map, masks: mask, height, width }),
  },
  {
    title: 'computeMetrics of a list',
    bytes: () => mask,
    run: (...given) => computeMetrics({ maps: [wave.map], masks: [new Uint8Array(...given)], height, width }),
  },
  {
    title: 'MetricsStream',
    bytes: mapBytes,
    run: async (...given) => {
      await using stream = new MetricsStream({ height, width });
      await stream.add({ maps: [asMap(...given).map], masks: [mask] });
      return stream.finish();
    },
  },
];

for (const { title, bytes, run } of CASES) {
  test(`${title}: memory that is taken away while the call runs changes nothing`, async (t) => {
    const given = await bytes();
    const expected = await run(Uint8Array.from(given).buffer as ArrayBuffer, 0, given.length);
    for (const memory of givenMemories(given)) {
      const running = run(memory.buffer, memory.offset, given.length);
      memory.take();
      t.deepEqual(await running, expected, memory.title);
    }
  });
}

test('a frame can be transferred once it was scored', async (t) => {
  const frame = Uint8Array.from(pixels);
  await model.score({ data: frame, info });
  structuredClone(frame.buffer, { transfer: [frame.buffer] });
  t.is(frame.length, 0);
});

test('memory that was transferred away before is refused with the argument', async (t) => {
  const gone = (array: Uint8Array | Float32Array): never => {
    structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
    return array as never;
  };
  const refused = async (promise: Promise<unknown>, message: RegExp): Promise<void> => {
    await t.throwsAsync(promise, { instanceOf: TypeError, message });
  };
  await refused(model.score(gone(new Uint8Array(9))), /transferred away or cut short for image /);
  await refused(model.score({ data: gone(new Uint8Array(9)), info }), /for image\.data /);
  await refused(findRegions({ map: gone(new Float32Array(9)), height: 3, width: 3 }, { threshold: 1 }), /source\.map/);
});

test('what onPicture does with a map does not reach the metrics', async (t) => {
  const dataset = await openDataset(data);
  const expected = await new Evaluator().evaluate(model, dataset);
  const evaluation = await new Evaluator().evaluate(model, dataset, {
    onPicture: (_, result) => {
      result.map.fill(0);
    },
  });
  t.deepEqual(evaluation.classes, expected.classes);
});

test('pictures of scoreMany may lie in one buffer that is filled anew for each', async (t) => {
  const frame = new Uint8Array(pixels.length);
  const others = [1, 2, 3].map((seed) => discPixels(48, 44, seed, false));
  function* frames() {
    for (const other of others) {
      frame.set(other);
      yield { data: frame, info };
    }
  }
  const scores: number[] = [];
  for await (const { score } of model.scoreMany(frames(), { lookAhead: 3 })) {
    scores.push(score);
  }
  const expected = await Promise.all(others.map((other) => model.score({ data: other, info })));
  t.deepEqual(
    scores,
    expected.map(({ score }) => score),
  );
});
