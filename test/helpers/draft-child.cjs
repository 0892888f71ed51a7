// @ts-nocheck -- plain JavaScript: it runs in bare processes and workers, where no TypeScript loader is.
// node draft-child.cjs END FILE: writes FILE by pieces that never end, says so on stdout, and ends as END says.
const { existsSync, writeSync } = require('node:fs');
const path = require('node:path');
const { isMainThread, Worker, workerData } = require('node:worker_threads');
const { writeWholeBy } = require('../../dist/files.js');

const [end, file] = isMainThread ? process.argv.slice(2) : workerData;

const ends = {
  exit: () => process.exit(0),
  throw: () => {
    throw new Error('uncaught');
  },
  reject: () => void Promise.reject(new Error('unhandled')),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  stay: () => undefined,
};

async function write() {
  await writeWholeBy(file, async (out) => {
    await out.writeFile('half');
    writeSync(1, 'half\n');
    setImmediate(ends[end]);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
}

if (isMainThread && end.startsWith('worker-')) {
  const worker = new Worker(__filename, { workerData: [end.slice('worker-'.length), file] });
  worker.on('error', () => undefined);
} else if (existsSync(path.dirname(file))) {
  void write();
}
