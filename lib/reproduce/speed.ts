/** Parameters, MACs and images per second of a network (paper, Table 4). Its weights do not matter: they are untrained. */
import { availableParallelism, cpus } from 'node:os';
import { binding } from '../binding/load.js';
import { countCosts } from '../costs.js';
import { checkTrainerOptions } from '../options/trainer.js';
import { Trainer } from '../trainer.js';
import { keyOf } from './store.js';
import type { Measured, PlannedRun } from './types.js';
import { trainerOptions, type UnitContext } from './unit.js';

/** As many pictures at once as the paper's batch. */
const AT_ONCE = 16;

/** Rounds go on for this long. */
const SECONDS = 5;

/** The device in words. */
function describeDevice(device: string): string {
  return device === 'cpu' ? `CPU ${cpus()[0]?.model.trim() ?? ''}, ${availableParallelism()} threads` : device;
}

async function measure(run: PlannedRun, context: UnitContext): Promise<Measured> {
  const { signal, onProgress } = context.hooks;
  await using trainer = await Trainer.create(trainerOptions(run, null, context.device));
  const { parameters, macs } = await countCosts(trainer);
  await using model = await trainer.model({ signal });
  const [height, width] = trainer.geometry.resize;
  // Pictures of the network's own size: what is measured is the network, as in the paper, not decoding.
  const data = Buffer.alloc(3 * height * width, 127);
  const image = { data, info: { width, height, channels: 3 } };
  const round = async (): Promise<number> => {
    const scores = await Promise.all(Array.from({ length: AT_ONCE }, () => model.score(image, { signal })));
    return Math.max(...scores.map(({ timing }) => timing.batch));
  };
  // The first round also lays out weights and plans.
  let batch = await round();
  const started = performance.now();
  let seconds = 0;
  let images = 0;
  while (seconds < SECONDS) {
    batch = Math.max(batch, await round());
    images += AT_ONCE;
    seconds = (performance.now() - started) / 1000;
    const done = Math.min(SECONDS, Math.round(seconds));
    onProgress?.({ stage: 'speed', title: run.id, done, total: SECONDS, imagesPerSecond: images / seconds });
  }
  return { parameters, macs, imagesPerSecond: images / seconds, batch, device: describeDevice(trainer.device) };
}

/** Measures the network of a run, or finds what was measured on this machine. */
export async function measureRun(run: PlannedRun, context: UnitContext): Promise<Measured> {
  const native = binding();
  const options = trainerOptions(run, null, context.device);
  const checked = checkTrainerOptions(options, () => native.cudaAvailable());
  const { geometry, network, training } = checked;
  const key = keyOf({
    format: 1,
    kind: 'speed',
    network: network({}),
    geometry,
    device: training.device,
    machine: describeDevice(training.device),
    threads: process.env.OMP_NUM_THREADS ?? null,
    torch: native.torchVersion,
  });
  const known = await context.store.readMeasured(key);
  if (known !== undefined) {
    return known;
  }
  const measured = await measure(run, context);
  await context.store.writeMeasured(key, measured);
  return measured;
}
