/** Pictures in tiles: what one tile gives, how tiles become one map, and that training, thresholds and metrics go along. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { ALL_METRICS } from '../../lib/evaluation/types.js';
import {
  type Dataset,
  DinomalyError,
  Evaluator,
  findRegions,
  Model,
  openDataset,
  placeMap,
  renderHeatmap,
  type ScoreResult,
  Trainer,
} from '../../lib/index.js';
import { tileAxes } from '../../lib/maps/tile-axes.js';
import { pictureGeometry, type Tile, tilesOf } from '../../lib/maps/tiles.js';
import { temporaryFolder, writePng } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const [WIDTH, HEIGHT] = [200, 160];
const TILES = { size: 64, overlap: 16 } as const;
const CPU = { device: 'cpu' } as const;

interface Raw {
  readonly data: Buffer;
  readonly info: { readonly width: number; readonly height: number; readonly channels: 3 };
}

/** A regular cloth, with a bright square around a place; `from` is where the picture begins on it. */
function cloth(seed: number, defect?: readonly [x: number, y: number], width = WIDTH, height = HEIGHT, from = 0): Raw {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = x + from + seed * 7;
      const value = 110 + 30 * Math.sin(u / 9) + 30 * Math.cos((y + seed * 3) / 7) + ((u * 31 + y * 17) % 13);
      const bad = defect !== undefined && Math.abs(x - defect[0]) < 6 && Math.abs(y - defect[1]) < 6;
      data.fill(bad ? 250 : Math.round(value), 3 * (y * width + x), 3 * (y * width + x) + 3);
    }
  }
  return { data, info: { width, height, channels: 3 } };
}

function cut({ data, info }: Raw, { top, left, height, width }: Tile): Raw {
  const rows = Array.from({ length: height }, (_, y) => {
    const begin = 3 * ((top + y) * info.width + left);
    return data.subarray(begin, begin + 3 * width);
  });
  return { data: Buffer.concat(rows), info: { width, height, channels: 3 } };
}

const file = path.join(folder, 'tiled.safetensors');
const root = path.join(folder, 'cloth');
let dataset: Dataset;
let tiled: Model;
let plain: Model;

test.before(async () => {
  const write = (name: string, { data, info }: Raw): Promise<void> =>
    writePng(path.join(root, name), data, info.width, info.height);
  for (let i = 0; i < 4; i++) await write(`train/${i}.png`, cloth(i));
  // Test pictures of different sizes, one of them of a single tile.
  for (let i = 0; i < 2; i++) await write(`held/${i}.png`, cloth(20 + i));
  await write('good/0.png', cloth(9));
  await write('good/1.png', cloth(10, undefined, 64, 64));
  await write('bad/0.png', cloth(11, [70, 60]));
  await write('bad/1.png', cloth(12, [40, 90], 120, 130));
  const mask = (x: number, y: number, width: number, height: number): Raw => {
    const data = Buffer.alloc(3 * width * height);
    for (let row = y - 5; row < y + 6; row++) data.fill(255, 3 * (row * width + x - 5), 3 * (row * width + x + 6));
    return { data, info: { width, height, channels: 3 } };
  };
  await write('masks/0.png', mask(70, 60, WIDTH, HEIGHT));
  await write('masks/1.png', mask(40, 90, 120, 130));
  const rows = [
    ...[0, 1, 2, 3].map((i) => ({ image: `train/${i}.png`, class: 'cloth', split: 'train', label: 'normal' })),
    ...[0, 1].map((i) => ({ image: `held/${i}.png`, class: 'cloth', split: 'validation', label: 'normal' })),
    ...[0, 1].map((i) => ({ image: `good/${i}.png`, class: 'cloth', split: 'test', label: 'normal' })),
    ...[0, 1].map((i) => ({
      image: `bad/${i}.png`,
      class: 'cloth',
      split: 'test',
      label: 'anomalous',
      mask: `masks/${i}.png`,
    })),
  ];
  writeFileSync(path.join(root, 'set.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  dataset = await openDataset(path.join(root, 'set.jsonl'));
  const encoder = { dim: 32, depth: 4, heads: 2, patch: 8 };
  await using trainer = await Trainer.create({
    ...CPU,
    ...{ encoder, weights: null, size: 72, crop: 64, mapSize: 64, tiles: TILES, warmupSteps: 5 },
  });
  await trainer.train(dataset, { iterations: 40, batchSize: 8 });
  await trainer.save(file);
  tiled = await Model.load(file, CPU);
  plain = await Model.load(file, { ...CPU, tiles: null });
});

function pictureSize(image: string): { readonly width: number; readonly height: number } {
  if (image.endsWith('0.png')) return { width: WIDTH, height: HEIGHT };
  return image.includes('good') ? { width: 64, height: 64 } : { width: 120, height: 130 };
}

function sameNumbers(t: { true(value: boolean, message?: string): void }, one: ScoreResult, other: ScoreResult): void {
  t.true(one.score === other.score && one.map.every((value, at) => value === other.map[at]));
}

test('a model file knows its tiles, which the option replaces and null turns off', async (t) => {
  t.deepEqual(tiled.geometry.tiles, { size: [64, 64], overlap: 16 });
  t.is(plain.geometry.tiles, undefined);
  await using other = await Model.load(file, { ...CPU, tiles: 'auto' });
  t.is(other.geometry.tiles, 'auto');
});

test('a picture of one tile scores bit for bit as without tiles', async (t) => {
  for (const [width, height] of [
    [64, 64],
    [50, 64],
    [33, 17],
  ] as const) {
    const picture = cloth(9, [20, 10], width, height);
    const [one, other] = [await tiled.score(picture), await plain.score(picture)];
    sameNumbers(t, one, other);
    t.deepEqual(one.inspected, other.inspected);
  }
});

test('the map of a picture in tiles is that of its tiles cut out, weighted by the distance from their edges', async (t) => {
  const picture = cloth(9, [100, 70]);
  const size = { width: WIDTH, height: HEIGHT };
  const result = await tiled.score(picture);
  const whole = pictureGeometry(size, tiled.geometry);
  const [rows, columns] = tileAxes(size, tiled.geometry, whole);
  t.deepEqual([result.height, result.width], [...whole.map]);
  const sum = new Float64Array(result.map.length);
  const weights = new Float64Array(result.map.length);
  const at = (map: ScoreResult, y: number, x: number): number => {
    const [top, left] = [Math.min(Math.max(y, 0), 63), Math.min(Math.max(x, 0), 63)];
    const [i, j] = [Math.floor(top), Math.floor(left)];
    const value = (row: number, column: number): number => map.map[64 * Math.min(row, 63) + Math.min(column, 63)] ?? 0;
    const mix = (row: number): number => value(row, j) * (1 - (left - j)) + value(row, j + 1) * (left - j);
    return mix(i) * (1 - (top - i)) + mix(i + 1) * (top - i);
  };
  const edge = (place: number): number => Math.max(1e-6, Math.min(place + 0.5, 63.5 - place));
  for (const [index, tile] of tilesOf(size, tiled.geometry, '').entries()) {
    const map = await plain.score(cut(picture, tile));
    const row = rows[Math.floor(index / columns.length)];
    const column = columns[index % columns.length];
    for (let y = row?.begin ?? 0; y < (row?.end ?? 0); y++) {
      for (let x = column?.begin ?? 0; x < (column?.end ?? 0); x++) {
        const [v, u] = [y * (row?.scale ?? 0) + (row?.shift ?? 0), x * (column?.scale ?? 0) + (column?.shift ?? 0)];
        const weight = edge(v) * edge(u);
        const place = y * result.width + x;
        sum[place] = (sum[place] ?? 0) + weight * at(map, v, u);
        weights[place] = (weights[place] ?? 0) + weight;
      }
    }
  }
  t.true(result.map.every((value, place) => Math.abs(value - (sum[place] ?? 0) / (weights[place] ?? 1)) < 1e-6));
  const hottest = [...result.map].sort((a, b) => b - a).slice(0, 40);
  t.true(
    Math.abs(result.score - hottest.reduce((total, value) => total + value, 0) / 40) < 1e-6,
    '1 % of a tile of 64 x 64',
  );
  sameNumbers(t, await tiled.score(picture), result);
});

test('a defect is found at its place in the picture, wherever the tiles end', async (t) => {
  const places = [60, 66, 72, 78, 84, 90, 96, 102, 108].map((x) => [x, 80] as const);
  for (const [x, y] of places) {
    const picture = cloth(9, [x, y]);
    const placed = await placeMap(await tiled.score(picture), { width: WIDTH, height: HEIGHT }, tiled);
    const { regions } = await findRegions(placed, { threshold: 0.05 });
    const { peak } = regions[0] ?? { peak: { x: -1, y: -1 } };
    t.true(Math.abs(peak.x - x) <= 9 && Math.abs(peak.y - y) <= 9, `${x}, ${y}: ${peak.x}, ${peak.y}`);
  }
});

/** Mean score of one spot of the cloth that the picture shows around a column, at each place of a patch. */
async function meanScore(column: number): Promise<number> {
  let sum = 0;
  for (let x = column - 4; x < column + 4; x++)
    sum += (await tiled.score(cloth(9, [x, 80], WIDTH, HEIGHT, 500 - x))).score;
  return sum / 8;
}

test('a defect where tiles meet scores at least 0.7 of what it scores in the middle of a tile, in the mean over the places of a patch', async (t) => {
  const lefts = [...new Set(tilesOf({ width: WIDTH, height: HEIGHT }, tiled.geometry, '').map(({ left }) => left))];
  for (const [at, left] of lefts.slice(1).entries()) {
    // The middle of what two tiles share, and of the second one.
    const [edge, middle] = [await meanScore((left + (lefts[at] ?? 0) + 64) / 2), await meanScore(left + 32)];
    t.log(`column ${left}: ${(edge / middle).toFixed(3)}`);
    t.true(edge > 0.7 * middle, `${edge} against ${middle}`);
  }
});

test('thresholds are of the tiles that they were measured with', async (t) => {
  await using model = await Model.load(file, CPU);
  const thresholds = await new Evaluator().calibrate(model, dataset.validation);
  t.deepEqual(thresholds.scoring.tiles, { size: [64, 64], overlap: 16 });
  const calibrated = path.join(folder, 'calibrated.safetensors');
  await model.save(calibrated);
  await using again = await Model.load(calibrated, CPU);
  t.deepEqual(again.thresholds, thresholds);
  t.is((await again.score(cloth(9, [70, 80]))).verdict, 'BAD');
  let [right, found, anomalous] = [0, 0, 0];
  const { classes, mean } = await new Evaluator().evaluate(again, dataset, {
    onPicture: async ({ path: image, label }, result) => {
      const [x, y] = image.endsWith('0.png') ? [70, 60] : [40, 90];
      const { height, width } = pictureSize(image);
      const placed = await placeMap(result, { height, width }, again);
      for (const [at, value] of placed.map.entries()) {
        const bad = label === 1 && Math.abs((at % width) - x) < 6 && Math.abs(Math.floor(at / width) - y) < 6;
        right += +(bad && value > thresholds.pixel.value);
        found += +(value > thresholds.pixel.value);
        anomalous += +bad;
      }
    },
  });
  t.is(classes[0]?.segF1, mean.segF1);
  // Counted at the map's size, and there in the picture's own pixels.
  t.true(
    Math.abs((mean.segF1 ?? 0) - (2 * right) / (found + anomalous)) < 0.1,
    `${mean.segF1} ${right} ${found} ${anomalous}`,
  );
  const warned = new Promise<Error & { code?: string }>((resolve) => process.once('warning', resolve));
  await using other = await Model.load(calibrated, { ...CPU, tiles: { size: 64, overlap: 17 } });
  t.is(other.thresholds, null);
  const warning = await warned;
  t.is(warning.code, 'THRESHOLDS_LEFT_OUT');
  t.regex(warning.message, /tiles/);
  t.throws(() => (other.thresholds = thresholds), { instanceOf: RangeError, message: /tiles/ });
});

test('metrics, heatmaps and doubts are those of pictures of many sizes', async (t) => {
  const seen: string[] = [];
  const evaluation = await new Evaluator().evaluate(tiled, dataset, {
    onPicture: async (picture, result, model) => {
      seen.push(`${result.height} x ${result.width}`);
      t.true((await renderHeatmap(picture.path, result, model)).length > 1000);
    },
  });
  t.is(new Set(seen).size, 3, seen.join());
  t.deepEqual(evaluation.conventions.tiles, { size: [64, 64], overlap: 16 });
  t.true((evaluation.mean.pixelAuroc ?? 0) > 0.9, String(evaluation.mean.pixelAuroc));
  t.deepEqual(evaluation.doubtfulMasks, { empty: [], full: [], otherSize: [] });
  const counted = await new Evaluator({ metricsMemory: 0 }).evaluate(tiled, dataset);
  t.is(counted.classes[0]?.counting, 'streaming');
  for (const metric of ALL_METRICS) {
    const [near, exact, bound] = [
      counted.classes[0]?.[metric] ?? 0,
      evaluation.mean[metric] ?? 0,
      counted.classes[0]?.errorBound[metric] ?? 0,
    ];
    t.true(Math.abs(near - exact) <= bound + 1e-12 && bound < 0.01, `${metric}: ${near}, ${exact}, ${bound}`);
  }
});

test('attention and features are of one tile: a larger picture is refused by name', async (t) => {
  const small = cloth(9, undefined, 64, 64);
  t.deepEqual((await tiled.features(small)).encoder.map(({ height, width }) => [height, width])[0], [8, 8]);
  for (const ask of [() => tiled.features(cloth(9)), () => tiled.attention(cloth(9), { row: 0, column: 0 })]) {
    const error = await t.throwsAsync(ask, { instanceOf: DinomalyError });
    t.is(error.code, 'TOO_MANY_TILES');
    t.regex(error.message, /200 x 160 pixels.*20 tiles.*cut out/);
  }
});

test('a picture of hundreds of tiles takes no more memory than some of them', async (t) => {
  await using model = await Model.load(file, { ...CPU, mapSize: 512, tiles: { size: 16, overlap: 4 } });
  const picture = cloth(9, undefined, 200, 200);
  t.true(tilesOf({ width: 200, height: 200 }, model.geometry, '').length > 300);
  await model.score(cloth(9, undefined, 40, 40));
  const before = process.resourceUsage().maxRSS;
  const { map } = await model.score(picture);
  t.true(map.length <= 2 ** 22);
  const grown = (process.resourceUsage().maxRSS - before) / 1024;
  // All maps of the tiles together are more than 300 MiB.
  t.true(grown < 160, `${grown} MiB`);
});
