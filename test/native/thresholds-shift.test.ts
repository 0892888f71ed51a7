/** The alarm from end to end: pictures of a camera whose light or focus has changed. */
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import {
  type CalibrationSample,
  Evaluator,
  type ImageInput,
  Model,
  ShiftMonitor,
  type Thresholds,
} from '../../lib/index.js';
import { discPixels, temporaryFolder, writeModel } from '../helpers/drawn-set.js';
import { uniform } from '../helpers/random.js';

const { folder, remove } = temporaryFolder();
const WINDOW = 40;
let model: Model;
let thresholds: Thresholds;

interface Drawn {
  readonly data: Buffer;
  readonly info: { readonly width: number; readonly height: number; readonly channels: 3 };
}

/** Discs of many sizes: scores that differ from picture to picture. */
function discs(count: number, seed: number): Drawn[] {
  const next = uniform(seed);
  const side = (): number => 36 + Math.floor(28 * next());
  return Array.from({ length: count }, () => {
    const [width, height] = [side(), side()];
    return { data: discPixels(width, height, Math.floor(1000 * next()), false), info: { width, height, channels: 3 } };
  });
}

const change = async ({ data, info }: Drawn, by: (image: sharp.Sharp) => sharp.Sharp): Promise<Drawn> => ({
  data: await by(sharp(data, { raw: info }))
    .raw()
    .toBuffer(),
  info,
});

test.before(async () => {
  const { model: file } = await writeModel(folder);
  model = await Model.load(file);
  const normals: CalibrationSample[] = [];
  for (const [index, { data, info }] of discs(100, 1).entries()) {
    const picture = path.join(folder, `${index}.png`);
    await sharp(data, { raw: info }).png().toFile(picture);
    normals.push({ path: picture, className: 'disc', label: 0, split: 'validation' });
  }
  thresholds = await new Evaluator().calibrate(model, normals);
});
test.after.always(() => {
  model?.dispose();
  remove();
});

/** Alarms over the pictures, after as many unshifted ones as fill the window. */
async function alarms(pictures: readonly ImageInput[]): Promise<boolean[]> {
  const monitor = new ShiftMonitor(thresholds, { className: 'disc', window: WINDOW });
  const raised: boolean[] = [];
  for await (const { score } of model.scoreMany([...discs(WINDOW, 2), ...pictures])) {
    raised.push(monitor.add(score).alarm);
  }
  return raised;
}

test('pictures of the same camera raise no alarm', async (t) => {
  t.false((await alarms(discs(100, 3))).includes(true));
});

const CHANGES: readonly (readonly [title: string, by: (image: sharp.Sharp) => sharp.Sharp])[] = [
  ['brightened', (image) => image.linear(1, 60)],
  ['blurred', (image) => image.blur(4)],
];
for (const [title, by] of CHANGES) {
  test(`pictures that are ${title} raise the alarm within a window, and not before they come`, async (t) => {
    const shifted = await Promise.all(discs(WINDOW, 3).map((disc) => change(disc, by)));
    const raised = await alarms(shifted);
    t.false(raised.slice(0, WINDOW).includes(true));
    t.true(raised.includes(true));
  });
}
