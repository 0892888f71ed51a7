/** Prints the score that the primary, and each of two workers, gives. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { score } from './score.cjs';

/** @param {string} model @param {string} picture */
async function main(model, picture) {
  const own = score(model, picture);
  if (cluster.isWorker) {
    process.send?.(await own);
    process.disconnect();
    return;
  }
  const scores = [0, 1].map(async () => {
    const worker = cluster.fork();
    const [[told], [status]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    if (status !== 0) throw new Error(`a worker ended with ${status}`);
    return told;
  });
  console.log(JSON.stringify(await Promise.all([own, ...scores])));
}

const [, , model = '', picture = ''] = process.argv;
main(model, picture);
