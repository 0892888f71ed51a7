/**
 * The metrics of 1,000 maps of 256 x 256 with 300 regions against the authors' method (metrics_rival.py), on the same data.
 * The two take turns, so that the ratio holds on a machine whose speed drifts, and their figures are compared. Needs a
 * python3 with scikit-learn and scikit-image; without one only ours is timed. Prints JSON.
 *
 *   npm run bench:metrics [-- --rounds 2 --pictures 1000 --regions 300]
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { computeMetrics, METRICS, type MetricsInput, type MetricsResult } from '../lib/index.js';
import { drawMaps } from './maps.js';

const SIDE = 256;

interface Answer {
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Rival {
  readonly version: string;
  run(): Promise<Answer>;
  stop(): void;
}

/** A rival that has read the pictures, or undefined without a python3 that has the libraries. */
async function startRival(input: MetricsInput, pictures: number): Promise<Rival | undefined> {
  if (spawnSync('python3', ['-c', 'import skimage, sklearn']).status !== 0) {
    return undefined;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-bench-'));
  const files = [input.maps as Float32Array, input.masks as Uint8Array, input.scores as Float64Array].map((data, i) => {
    const file = path.join(folder, String(i));
    writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return file;
  });
  const args = [path.join(__dirname, 'metrics_rival.py'), ...files, ...[pictures, SIDE, SIDE].map(String)];
  const child = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  const version = await next();
  rmSync(folder, { recursive: true });
  return {
    version,
    run: async () => {
      child.stdin.write('run\n');
      return JSON.parse(await next()) as Answer;
    },
    stop: () => child.stdin.end(),
  };
}

async function timed(work: () => Promise<MetricsResult>): Promise<{ seconds: number; result: MetricsResult }> {
  const started = performance.now();
  const result = await work();
  return { seconds: (performance.now() - started) / 1000, result };
}

/** The largest difference between our seven and the rival's. */
function difference(ours: MetricsResult, rival: Answer): number {
  return Math.max(...METRICS.map((metric) => Math.abs((ours[metric] ?? Number.NaN) - (rival.metrics[metric] ?? 0))));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '2' },
      pictures: { type: 'string', default: '1000' },
      regions: { type: 'string', default: '300' },
    },
  });
  const pictures = Number(values.pictures);
  const regions = Number(values.regions);
  const input = { ...drawMaps({ pictures, regions, side: SIDE, seed: 1 }), height: SIDE, width: SIDE };
  const rival = await startRival(input, pictures);
  // Brings the addon in.
  await computeMetrics({ maps: new Float32Array(4), masks: new Uint8Array(4), height: 2, width: 2 });
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); ++round) {
    const { seconds, result } = await timed(() => computeMetrics(input));
    const other = await rival?.run();
    rounds.push({
      seconds,
      rivalSeconds: other?.seconds,
      ratio: other === undefined ? undefined : other.seconds / seconds,
      largestDifference: other === undefined ? undefined : difference(result, other),
    });
    console.error(JSON.stringify(rounds.at(-1)));
  }
  rival?.stop();
  const curves = await timed(() => computeMetrics(input, { curves: true }));
  const processor = cpus()[0]?.model;
  const counts = curves.result.counts;
  const report = { processor, cores: cpus().length, rival: rival?.version, counts, rounds, withCurves: curves.seconds };
  console.log(JSON.stringify(report, null, 2));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
