/**
 * Images a second of 64 callers that each wait for their score, against `scoreMany` over the same files, on random weights; the
 * two take turns, so that the ratio holds on a machine whose speed drifts. Then scores beside metrics that run on and on,
 * against scores alone. Prints JSON.
 *
 *   npm run bench:callers [-- --encoder dinov2reg_vit_small_14 --images 64 --rounds 5 --callers 64]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type EncoderName, MetricsStream, type Model, Trainer } from '../lib/index.js';
import { type Figure, figure } from './figures.js';
import { describeMachine } from './machine.js';
import { drawnSet } from './pictures.js';

/** Files; the same ones come again and again. */
const FILES = 16;
const MAPS = 40;
const SIDE = 256;

interface Load {
  readonly model: Model;
  readonly files: readonly string[];
  readonly images: number;
  readonly callers: number;
}

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (1000 * count) / (performance.now() - start);
}

/** Each caller asks for its next score when it has the last. */
function byCallers({ model, files, images, callers }: Load): Promise<number> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < images) await model.score(files[next++ % files.length] ?? '');
  };
  return perSecond(images, async () => void (await Promise.all(Array.from({ length: callers }, caller))));
}

function byStream({ model, files, images }: Load): Promise<number> {
  const list = Array.from({ length: images }, (_, index) => files[index % files.length] ?? '');
  return perSecond(images, async () => {
    for await (const _ of model.scoreMany(list));
  });
}

/** Scores while metrics are computed again and again. */
async function besideMetrics(load: Load): Promise<number> {
  await using stream = new MetricsStream({ height: SIDE, width: SIDE });
  const maps = Float32Array.from({ length: MAPS * SIDE * SIDE }, (_, index) => Math.sin(index) + 2);
  await stream.add({ maps, masks: Uint8Array.from(maps, (value) => (value > 2.9 ? 1 : 0)) });
  let scoring = true;
  const metrics = (async () => {
    while (scoring) await stream.finish({ curves: true });
  })();
  const rate = await byCallers(load);
  scoring = false;
  await metrics;
  return rate;
}

function ratio(above: readonly number[], below: readonly number[]): Figure {
  return figure(above.map((rate, index) => rate / (below[index] ?? Number.NaN)));
}

async function measure(load: Load, rounds: number): Promise<object> {
  await byStream(load);
  const rates = { callers: [] as number[], stream: [] as number[], beside: [] as number[] };
  for (let round = 0; round < rounds; ++round) {
    const pair = [
      async () => void rates.callers.push(await byCallers(load)),
      async () => void rates.stream.push(await byStream(load)),
    ];
    for (const one of round % 2 === 0 ? pair : pair.reverse()) await one();
    rates.beside.push(await besideMetrics(load));
  }
  const { callers, stream, beside } = rates;
  return {
    callersPerSecond: figure(callers),
    scoreManyPerSecond: figure(stream),
    callersOverScoreMany: ratio(callers, stream),
    besideMetricsOverAlone: ratio(beside, callers),
    stats: load.model.stats(),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      encoder: { type: 'string', default: 'dinov2reg_vit_small_14' },
      images: { type: 'string', default: '64' },
      rounds: { type: 'string', default: '5' },
      callers: { type: 'string', default: '64' },
    },
  });
  const { encoder } = values;
  const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-bench-'));
  await using trainer = await Trainer.create({ encoder: encoder as EncoderName, weights: null });
  await using model = await trainer.model();
  try {
    const files = (await drawnSet(folder, FILES)).train.map((sample) => sample.path);
    const [images, callers, rounds] = [values.images, values.callers, values.rounds].map(Number) as [
      number,
      number,
      number,
    ];
    const found = await measure({ model, files, images, callers }, rounds);
    const what = { encoder, size: trainer.geometry.crop, device: model.device, callers, images, rounds };
    console.log(JSON.stringify({ machine: describeMachine(), ...what, ...found }, null, 2));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
