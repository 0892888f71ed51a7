// @ts-nocheck -- plain JavaScript: it runs in bare processes and workers, where no TypeScript loader is.
// What a lifecycle test runs in a process of its own: node busy.cjs WORK END FOLDER DEVICE. Starts WORK ('train', 'first', 'score', 'wait' or 'count') on
// the pictures and the model in FOLDER, waits until it is well under way, brings about END and writes the time of that
// moment to standard output. The parent watches how and when the process goes.
const { readdirSync, writeSync } = require('node:fs');
const path = require('node:path');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
const { MetricsStream, Model, Trainer } = require('../../dist/index.js');

const ENCODER = { dim: 96, depth: 6, heads: 3, patch: 8 };

const [work, end, folder, device = 'cpu'] = isMainThread
  ? process.argv.slice(2)
  : [workerData.work, '', workerData.folder, workerData.device];

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const sayEnd = () => writeSync(1, `${Date.now()}\n`);

function samples(folder) {
  const pictures = readdirSync(folder).filter((name) => name.endsWith('.png'));
  return pictures.map((name) => ({
    path: path.join(folder, name),
    className: 'drawn',
    split: 'train',
    label: 0,
    defect: 'good',
  }));
}

/** Long work; `under way` is called once it is running. */
const works = {
  async train(folder, signal, underWay) {
    const trainer = await Trainer.create({ encoder: ENCODER, weights: null, size: 160, crop: 144, device });
    const dataset = { root: folder, format: 'mvtec', classes: ['drawn'], train: samples(folder), validation: [], test: [] };
    const onProgress = ({ step }) => step === 1 && underWay(trainer);
    await trainer.train(dataset, { iterations: 100_000, batchSize: 8, signal, onProgress });
  },
  /** Jobs that are the first of their kind in the process: libtorch makes the objects that it keeps for them. */
  async first(folder, signal, underWay) {
    const trainer = await Trainer.create({ encoder: ENCODER, weights: null, size: 160, crop: 144, device });
    const model = trainer.model({ signal });
    setImmediate(() => underWay(trainer));
    for (;;) await (await model).score(path.join(folder, '0.png'), { signal });
  },
  async score(folder, signal, underWay) {
    const model = await Model.load(path.join(folder, 'model.safetensors'), { device });
    const picture = { data: Buffer.alloc(300 * 200 * 3, 90), info: { width: 300, height: 200, channels: 3 } };
    async function* endless() {
      for (;;) yield picture;
    }
    let scored = 0;
    for await (const _ of model.scoreMany(endless(), { signal, lookAhead: 16 })) {
      if (++scored === 4) underWay(model);
    }
  },
  /** Scores that wait for others to share their pass. */
  async wait(folder, signal, underWay) {
    const model = await Model.load(path.join(folder, 'model.safetensors'), { device, maxBatch: 64, maxDelayMs: 10_000 });
    const score = model.score(path.join(folder, '0.png'), { signal });
    while (model.stats().queued === 0 || model.stats().running > 0) await sleep(1);
    underWay(model);
    await score;
  },
  async count(_, signal, underWay) {
    const stream = new MetricsStream({ height: 256, width: 256 });
    const maps = Float32Array.from({ length: 32 * 65536 }, (__, i) => Math.sin(i) + 2);
    const masks = Uint8Array.from(maps, (value) => (value > 2.9 ? 1 : 0));
    let told = 0;
    // The end comes from within a call of the listener.
    const onProgress = () => ++told === 5 && underWay(stream);
    for (;;) {
      await stream.add({ maps, masks }, { signal });
      await stream.finish({ signal, onProgress, curves: true });
    }
  },
};

/** What happens in the middle of it. */
const ends = {
  exit: () => {
    sayEnd();
    process.exit(7);
  },
  'really-exit': () => {
    sayEnd();
    process.reallyExit(7);
  },
  'no-listeners': () => {
    process.removeAllListeners('exit');
    sayEnd();
    process.exit(7);
  },
  'listener-throws': () => {
    process.prependListener('exit', () => {
      throw new Error('thrown on purpose');
    });
    sayEnd();
    process.exit(7);
  },
  'emit-exit': (_, controller) => {
    process.emit('exit', 0);
    sayEnd();
    // The work goes on, and still hears of an abort.
    setTimeout(() => controller.abort(new Error('aborted on purpose')), 100);
  },
  throw: () => {
    sayEnd();
    setImmediate(() => {
      throw new Error('thrown on purpose');
    });
  },
  abort: (_, controller) => {
    sayEnd();
    controller.abort(new Error('aborted on purpose'));
  },
  dispose: (busy) => {
    sayEnd();
    busy.dispose();
    busy.dispose();
  },
};

async function run(work, end, folder) {
  const controller = new AbortController();
  if (end === 'abort-before') controller.abort(new Error('aborted on purpose'));
  try {
    await works[work](folder, controller.signal, (busy) => ends[end]?.(busy, controller));
  } catch (error) {
    if (end === 'abort-before') sayEnd();
    const expected = end === 'dispose' ? error.code === 'DISPOSED' : error === controller.signal.reason;
    if (!expected) throw error;
  }
}

/** A worker is terminated while its job runs. */
async function terminate(work, folder) {
  const worker = new Worker(__filename, { workerData: { work, folder, device } });
  await new Promise((resolve) => worker.once('message', resolve));
  await sleep(30);
  sayEnd();
  await worker.terminate();
  writeSync(1, `${Date.now()}\n`);
}

/** The process ends while its worker and its own thread are at work. */
async function exitBesideWorker(work, folder) {
  const worker = new Worker(__filename, { workerData: { work, folder, device } });
  await new Promise((resolve) => worker.once('message', resolve));
  await works[work](folder, undefined, () => ends.exit());
}

/** The process ends while its worker is at work, and its own thread has never loaded the addon. */
async function exitOverWorker(work, folder) {
  const worker = new Worker(__filename, { workerData: { work, folder, device } });
  await new Promise((resolve) => worker.once('message', resolve));
  ends.exit();
}

/** A model that nobody holds any more, with a score under way. */
async function drop(folder) {
  const results = [];
  for (let i = 0; i < 3; ++i) {
    const model = await Model.load(path.join(folder, 'model.safetensors'));
    results.push(model.score({ data: Buffer.alloc(300), info: { width: 10, height: 10, channels: 3 } }));
  }
  for (let i = 0; i < 5; ++i) {
    global.gc();
    await sleep(5);
  }
  for (const { score } of await Promise.all(results)) {
    if (!Number.isFinite(score)) throw new Error('a dropped model lost its result');
  }
  sayEnd();
}

if (!isMainThread) {
  works[work](folder, undefined, () => parentPort.postMessage('under way'));
} else if (end === 'terminate') {
  terminate(work, folder);
} else if (end === 'exit-in-worker') {
  exitBesideWorker(work, folder);
} else if (end === 'exit-over-worker') {
  exitOverWorker(work, folder);
} else if (end === 'drop') {
  drop(folder);
} else {
  run(work, end, folder);
}
