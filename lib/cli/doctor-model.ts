/** How fast a model scores, and which part takes the time: for `dinomaly doctor`. */
import { readFile } from 'node:fs/promises';
import { binding } from '../binding/load.js';
import { countCosts, type ImageInput, type Model, type Precision, type ScoreResult } from '../index.js';
import { median } from '../lists.js';

/** Times of a model, of single pictures. */
export interface ModelFacts {
  readonly file: string;
  readonly encoder: string;
  readonly crop: readonly [number, number];
  readonly device: string;
  readonly precision: string;
  /** Multiply-accumulates of one picture. */
  readonly macs: number;
  /** Median milliseconds to decode, of the pictures given; null without. */
  readonly decodeMs: number | null;
  /** Median milliseconds of the network. */
  readonly computeMs: number;
  /** The same in the other precision; null where a precision was chosen, or the device has only fp32. */
  readonly otherMs: number | null;
  /** Pictures that were scored. */
  readonly pictures: number;
}

/** Enough for a median, few enough for the largest encoder on a slow processor. */
const MOST_MS = 8000;
const MOST_PICTURES = 20;

type Timing = ScoreResult['timing'];

function middle(times: readonly Timing[], part: 'decodeMs' | 'computeMs'): number {
  return median(times.map((time) => time[part])) ?? Number.NaN;
}

/** A grey picture of the size that the network takes: nothing to decode. */
function plain({ geometry }: Model): ImageInput {
  const [height, width] = geometry.resize;
  return { data: new Uint8Array(height * width * 3).fill(128), info: { width, height, channels: 3 } };
}

/** Scores pictures one by one for some seconds. The first is not counted: libraries start with it. */
async function timesOf(model: Model, pictures: readonly string[]): Promise<readonly Timing[]> {
  const [grey, times] = [plain(model), [] as Timing[]];
  await model.score(grey);
  const start = performance.now();
  for (let at = 0; at < MOST_PICTURES && (times.length === 0 || performance.now() - start < MOST_MS); at++) {
    const picture = pictures[at % Math.max(1, pictures.length)];
    // Read before: what a disk takes is not what decoding takes.
    times.push((await model.score(picture === undefined ? grey : await readFile(picture))).timing);
  }
  return times;
}

/**
 * Times a model.
 *
 * @param load - loads it, in a precision where one is named
 * @param chosen - true where the user chose the precision: then no other is tried, nor one that the device has not
 */
export async function timeModel(
  file: string,
  load: (precision?: Precision) => Promise<Model>,
  pictures: readonly string[],
  chosen: boolean,
): Promise<ModelFacts> {
  await using model = await load();
  const times = await timesOf(model, pictures);
  const { device, precision } = model;
  let otherMs: number | null = null;
  const trial = precision === 'fp32' ? 'bf16' : 'fp32';
  if (!chosen && (trial === 'fp32' || binding().precisionSupport(device).bf16)) {
    await using other = await load(trial);
    otherMs = middle(await timesOf(other, []), 'computeMs');
  }
  const { macs } = await countCosts(model);
  return {
    file,
    encoder: model.encoder.name,
    crop: model.geometry.crop,
    device,
    precision,
    macs,
    decodeMs: pictures.length === 0 ? null : middle(times, 'decodeMs'),
    computeMs: middle(times, 'computeMs'),
    otherMs,
    pictures: times.length,
  };
}
