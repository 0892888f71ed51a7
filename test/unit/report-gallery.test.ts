/** Which pictures a report shows, and how small ones are made of them. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { composePng } from '../../lib/image/compose.js';
import { encodeThumbnail, fitInside, shrink, THUMBNAIL_BYTES, thumbnailSize } from '../../lib/image/thumbnail.js';
import { decodeImage } from '../../lib/image.js';
import { type Dataset, type GalleryEntry, type PictureResult, ReportGallery, type Sample } from '../../lib/index.js';
import { Ranking } from '../../lib/report/html/ranking.js';
import { paintMask, THUMBNAIL_SIDE } from '../../lib/report/html/shots.js';
import { temporaryFolder, writeDisc } from '../helpers/drawn-set.js';
import { seeded } from '../helpers/evaluation.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const MODEL = {
  geometry: { resize: [40, 40], crop: [32, 32], map: [8, 8], scoreRatio: 0.01 },
  calibration: { low: 0, high: 1, images: 4 },
} as const;

function datasetOf(samples: readonly Sample[]): Dataset {
  const classes = [...new Set(samples.map(({ className }) => className))];
  return {
    root: folder,
    format: 'mvtec',
    classes,
    train: [],
    validation: [],
    test: samples,
    madeSplit: null,
    notes: [],
  };
}

function sampleOf(name: string, label: 0 | 1, more: Partial<Sample> = {}): Sample {
  const defect = label === 1 ? 'hole' : 'good';
  return { path: path.join(folder, name), className: 'disc', split: 'test', label, defect, ...more };
}

function resultOf({ path: file, className, label, defect }: Sample, score: number): PictureResult {
  return { path: file, className, label, defect, score, decision: null };
}

function mapOf(value: number): { map: Float32Array; height: number; width: number } {
  return { map: new Float32Array(64).fill(value), height: 8, width: 8 };
}

const scoresOf = (entries: readonly GalleryEntry[] = []): number[] => entries.map(({ picture }) => picture.score);

async function collect(samples: readonly Sample[], scores: readonly number[], options = {}): Promise<ReportGallery> {
  const gallery = new ReportGallery(datasetOf(samples), options);
  for (const [at, sample] of samples.entries()) {
    const score = scores[at] ?? 0;
    await gallery.onPicture(resultOf(sample, score), mapOf(score), MODEL);
  }
  return gallery;
}

test('a ranking keeps the highest in order, the earlier first among equals', (t) => {
  const next = seeded(3);
  const ranking = new Ranking<{ at: number; value: number }>(5, ({ value }) => value);
  const all = Array.from({ length: 200 }, (_, at) => ({ at, value: Math.floor(next() * 50) }));
  for (const item of all) ranking.add(item);
  t.deepEqual(ranking.items, [...all].sort((a, b) => b.value - a.value || a.at - b.at).slice(0, 5));
});

test('the worst of each kind and the best finds are kept, no picture twice', async (t) => {
  const samples = Array.from({ length: 40 }, (_, at) => sampleOf(`gone-${at}.png`, at % 2 === 0 ? 0 : 1));
  const gallery = await collect(
    samples,
    samples.map((_, at) => at),
    { perClass: 3 },
  );
  const galleries = (await gallery.finish()).get('disc');
  t.deepEqual(scoresOf(galleries?.normal), [38, 36, 34]);
  t.deepEqual(scoresOf(galleries?.missed), [1, 3, 5]);
  t.deepEqual(scoresOf(galleries?.found), [39, 37, 35]);
});

test('of five anomalous pictures the lower three are the worst and the others the best', async (t) => {
  const samples = Array.from({ length: 5 }, (_, at) => sampleOf(`few-${at}.png`, 1));
  const galleries = (await (await collect(samples, [5, 1, 4, 2, 3])).finish()).get('disc');
  t.deepEqual(scoresOf(galleries?.missed), [1, 2, 3]);
  t.deepEqual(scoresOf(galleries?.found), [5, 4]);
  t.deepEqual(galleries?.normal, []);
});

test('a score that is no number is among the highest', async (t) => {
  const samples = Array.from({ length: 3 }, (_, at) => sampleOf(`nan-${at}.png`, 0));
  const galleries = (await (await collect(samples, [1, Number.NaN, 2], { perClass: 2 })).finish()).get('disc');
  t.deepEqual(scoresOf(galleries?.normal), [Number.NaN, 2]);
});

test('a page of many classes shows fewer of each', async (t) => {
  const samples = Array.from({ length: 30 }, (_, at) => sampleOf(`many-${at}.png`, 0));
  const dataset = { ...datasetOf(samples), classes: Array.from({ length: 40 }, (_, at) => `class ${at}`) };
  const gallery = new ReportGallery(dataset);
  for (const sample of samples) await gallery.onPicture(resultOf(sample, 1), mapOf(1), MODEL);
  t.is((await gallery.finish()).get('disc')?.normal.length, 3);
});

test('picture, mask and heatmap are small pictures of one size; the mask is black and white', async (t) => {
  const sample = sampleOf('wide.png', 1, { mask: path.join(folder, 'wide-mask.png') });
  await writeDisc(sample.path, 1, true, 800, 400);
  await writeDisc(path.join(folder, 'wide-mask.png'), 1, true, 800, 400);
  const [entry] = (await (await collect([sample], [0.5])).finish()).get('disc')?.missed ?? [];
  const { picture, mask, heatmap } = entry?.shots ?? {};
  for (const shot of [picture, mask, heatmap]) {
    t.deepEqual([shot?.width, shot?.height], [384, 192]);
    t.true((shot?.webp.length ?? Number.NaN) <= THUMBNAIL_BYTES);
  }
  const painted = await decodeImage(mask?.webp ?? Buffer.alloc(0));
  t.deepEqual([...new Set(painted.data)], [255], 'every pixel of a drawn disc is above 0');
  const shown = await decodeImage(picture?.webp ?? Buffer.alloc(0));
  t.true((shown.data[0] ?? 255) < 90, 'the mask does not show in the picture');
});

test('masks of one picture are united, indices of defect kinds count whatever the convention', async (t) => {
  const rgb = (left: number, value: number): Buffer => {
    const data = Buffer.alloc(3 * 10 * 10);
    for (let y = 0; y < 10; y++) data.fill(value, 3 * (y * 10 + left), 3 * (y * 10 + left + 2));
    return data;
  };
  const { writeFile } = await import('node:fs/promises');
  const names = ['left.png', 'right.png'].map((name) => path.join(folder, name));
  for (const [at, name] of names.entries()) {
    const data = rgb(at * 6, 1);
    await writeFile(name, await composePng({ data, width: 10, height: 10, channels: 3 }, []));
  }
  await writeDisc(path.join(folder, 'ten.png'), 1, true, 10, 10);
  const white = async (more: Partial<Sample>, maskConvention: 'any' | 'half'): Promise<number> => {
    const gallery = await collect([sampleOf('ten.png', 1, { mask: names, ...more })], [1], { maskConvention });
    const [entry] = (await gallery.finish()).get('disc')?.missed ?? [];
    const { data } = await decodeImage(entry?.shots.mask?.webp ?? Buffer.alloc(0));
    return data.filter((value) => value === 255).length / 3;
  };
  t.is(await white({}, 'any'), 40);
  t.is(await white({}, 'half'), 40, 'no level reaches half of white: these are numbers');
  t.is(await white({ maskValues: 'index' }, 'half'), 40);
});

test('a scratch one pixel wide survives in the thumbnail of its mask', (t) => {
  const data = new Uint8Array(3 * 1000 * 1000);
  for (let y = 0; y < 1000; y++) data.fill(255, 3 * (y * 1000 + 500), 3 * (y * 1000 + 501));
  const canvas = { data: new Uint8Array(3 * 100 * 100), width: 100, height: 100, channels: 3 } as const;
  paintMask(canvas, { data, width: 1000, height: 1000, channels: 3 }, 0);
  t.is(canvas.data.filter((value) => value === 255).length, 300);
});

test('a picture or mask that has gone leaves a gap, not a failure', async (t) => {
  const gone = sampleOf('gone.png', 1, { mask: path.join(folder, 'gone-mask.png') });
  const half = sampleOf('half.png', 1, { mask: path.join(folder, 'gone-mask.png') });
  await writeDisc(half.path, 2);
  const gallery = await collect([gone, half], [1, 2]);
  rmSync(path.join(folder, 'gone.png'), { force: true });
  const galleries = (await gallery.finish()).get('disc');
  t.deepEqual(galleries?.missed[0]?.shots, { picture: null, mask: null, heatmap: null });
  t.is(galleries?.found[0]?.shots.mask, null);
  t.truthy(galleries?.found[0]?.shots.heatmap);
});

test('a model without a colour scale gets heatmaps on a scale of its class', async (t) => {
  const sample = sampleOf('plain.png', 0);
  await writeDisc(sample.path, 3);
  const gallery = new ReportGallery(datasetOf([sample]));
  await gallery.onPicture(resultOf(sample, 1), mapOf(0), { ...MODEL, calibration: null });
  t.truthy((await gallery.finish()).get('disc')?.normal[0]?.shots.heatmap);
});

test("heatmaps hang on the model's pixel threshold, calibrated colours or not", async (t) => {
  const sample = sampleOf('threshold.png', 0);
  await writeDisc(sample.path, 3);
  const thresholds = { pixel: { value: 0.5, images: 4, falseRejectRate: 0, falseRejectInterval: [0, 0.6] } } as const;
  for (const calibration of [MODEL.calibration, null]) {
    const gallery = new ReportGallery(datasetOf([sample]));
    await gallery.onPicture(resultOf(sample, 1), mapOf(0), { ...MODEL, calibration, thresholds });
    t.deepEqual((await gallery.finish()).get('disc')?.scale, { low: 0, threshold: 0.5 });
  }
});

test('without stored thresholds a picture that the report calls found is warm and outlined, one that passed is cold', async (t) => {
  const samples = [0, 1, 2, 3].map((at) => sampleOf(`judged-${at}.png`, at < 2 ? 0 : 1));
  const gallery = new ReportGallery(datasetOf(samples));
  for (const [at, sample] of samples.entries()) {
    await writeDisc(sample.path, at, false, 64, 64);
    // All maps lie below the hottest normal pixels of the scale.
    const map = Float32Array.from(
      { length: 64 },
      (_, pixel) => 0.1 + 0.1 * at + (pixel % 8 > 3 && pixel > 31 ? 0.05 : 0.001),
    );
    await gallery.onPicture(resultOf(sample, 0.1 * at), { map, height: 8, width: 8 }, MODEL);
  }
  const { normal = [], missed = [], found = [] } = (await gallery.finish()).get('disc') ?? {};
  const warm = async ({ shots }: GalleryEntry): Promise<number> => {
    const { data } = await decodeImage(shots.heatmap?.webp ?? Buffer.alloc(0));
    let count = 0;
    for (let at = 0; at < data.length; at += 3) count += (data[at] ?? 0) > (data[at + 2] ?? 0) + 60 ? 1 : 0;
    return count;
  };
  for (const entry of [...missed, ...found]) t.true((await warm(entry)) > 100, entry.picture.path);
  for (const entry of normal) t.is(await warm(entry), 0, entry.picture.path);
});

test('thumbnails keep proportions, never grow, and noise is held to their bytes', async (t) => {
  t.deepEqual(fitInside({ width: 20_000, height: 3 }, 384), { width: 384, height: 1 });
  t.deepEqual(fitInside({ width: 10, height: 20 }, 384), { width: 10, height: 20 });
  for (const [width, height, wide, high] of [
    [3000, 2000, 384, 256],
    [1600, 400, 768, 192],
    [300, 900, 192, 576],
    [9000, 90, 768, 8],
    [200, 50, 200, 50],
  ] as const) {
    t.deepEqual(thumbnailSize({ width, height }, 384), { width: wide, height: high });
  }
  const next = seeded(4);
  const side = 2 * THUMBNAIL_SIDE;
  const data = Uint8Array.from({ length: 3 * side * side }, () => Math.floor(next() * 256));
  const small = await shrink({ data, width: side, height: side, channels: 3 }, { width: 384, height: 384 });
  const { webp } = await encodeThumbnail(small);
  t.true(webp.length <= THUMBNAIL_BYTES, String(webp.length));
});

test('wrong options of a gallery are refused by name', (t) => {
  const dataset = datasetOf([]);
  const make = (options: object): ReportGallery => new ReportGallery(dataset, options);
  t.throws(() => make({ perClass: 0 }), { instanceOf: RangeError, message: /options\.perClass/ });
  t.throws(() => make({ maskConvention: 'all' }), { instanceOf: RangeError, message: /options\.maskConvention/ });
  t.throws(() => make({ perclass: 1 }), { instanceOf: TypeError, message: /Did you mean perClass/ });
  t.throws(() => new ReportGallery({} as never), { instanceOf: TypeError, message: /dataset/ });
});
