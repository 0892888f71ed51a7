/** Prints the score that the main thread, and each of three workers, gives; a fourth worker is ended while they work. */
const { once } = require('node:events');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
const { score } = require('./score.cjs');

async function work() {
  for (;;) {
    parentPort?.postMessage(await score(workerData.model, workerData.picture));
    if (!workerData.endless) return;
  }
}

/** @param {string} model @param {string} picture */
async function main(model, picture) {
  const start = (endless = false) => new Worker(__filename, { workerData: { model, picture, endless } });
  const ended = start(true);
  await once(ended, 'message');
  const scoring = [start(), start(), start()].map(async (worker) => {
    const [[told]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    return told;
  });
  await ended.terminate();
  console.log(JSON.stringify(await Promise.all([score(model, picture), ...scoring])));
}

const [, , model = '', picture = ''] = process.argv;
if (isMainThread) main(model, picture);
else work();
