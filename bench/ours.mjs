// The package as one side of a benchmark: scores pictures with a model file, as a program that uses it does. Answers lines as
// answering.py says; the first tells how long the first steps took.
//
//   node bench/ours.mjs PRECISION MODEL.safetensors PIXELS SIDE      (needs dist/)
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [precision, file, pixels, side] = /** @type {[import('dinomaly').PrecisionOption, string, string, string]} */ (
  /** @type {unknown} */ (process.argv.slice(2))
);
const width = Number(side);
const size = width * width * 3;

/** @param {object} answer */
const tell = (answer) => console.log(JSON.stringify(answer));

const started = performance.now();
const { Model } = await import('dinomaly');
const imported = performance.now();
const model = await Model.load(file, { device: 'cpu', precision });
const loaded = performance.now();
tell({ version: 'dinomaly', precision: model.precision, importMs: imported - started, loadMs: loaded - imported });

const data = readFileSync(pixels);
const pictures = Array.from({ length: data.length / size }, (_, index) => ({
  data: data.subarray(index * size, (index + 1) * size),
  info: { width, height: width, channels: /** @type {const} */ (3) },
}));

/** @param {number} batch */
async function score(batch) {
  const start = performance.now();
  const results = await Promise.all(pictures.slice(0, batch).map((picture) => model.score(picture)));
  return { seconds: (performance.now() - start) / 1000, results };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [what, argument = ''] = line.split(' ');
  if (what === 'map') {
    const { map } = (await score(1)).results[0] ?? {};
    if (map) writeFileSync(argument, map);
    tell({});
  } else {
    tell({ seconds: (await score(Number(argument))).seconds });
  }
}
