// Tries every way to a libtorch with the real tools, which test/unit/libtorch*.test.ts imitate: the published wheels, Python,
// pip and its indexes. Each libtorch that it comes to must open the addon. Takes minutes, a network and 1 GB of a temporary folder
// (6 GB with --cuda, which fetches the CUDA build too). Wants a finished `npm run setup`.
//   node scripts/try-libtorch.mjs [--cuda]
// Python's torch is tried when python3 has one: PYTHONPATH may name a folder that pip filled with --target.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, runMain, Trouble } from './tools.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-libtorch-'));
const cache = path.join(folder, 'cache');
const fetched = path.join(cache, 'dinomaly/libtorch');
const { DINOMALY_LIBTORCH: _, ...outer } = process.env;
const bare = { ...outer, XDG_CACHE_HOME: cache };
const cli = path.join(root, 'dist/cli/main.js');

/**
 * Runs a script to its end, checks what it prints, and says so.
 * @param {string} title
 * @param {readonly string[]} args of node
 * @param {NodeJS.ProcessEnv} env
 * @param {RegExp} expected
 */
function expect(title, args, env, expected) {
  const start = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8', cwd: folder });
  const text = `${stdout}${stderr}`.trim();
  if (!expected.test(text)) throw new Trouble(`${title}: expected ${expected} but it said\n${text}`);
  console.log(`== ${title}: as expected, ${((performance.now() - start) / 1000).toFixed(1)} s\n${text}\n`);
}

const opener = [path.join(root, 'scripts/try-binary.mjs')];
const OPENED = /with libtorch \d+\.\d+\.\d+, main thread and 2 workers/;

async function interrupted() {
  const child = spawn(process.execPath, [cli, 'libtorch'], { env: bare, stdio: 'ignore' });
  const partial = () => existsSync(fetched) && readdirSync(fetched).length > 0;
  while (!partial() && child.exitCode === null) await sleep(50);
  await sleep(3000);
  child.kill('SIGINT');
  await once(child, 'exit');
  // Wheels that are half there are kept: the next fetch goes on with them.
  const left = readdirSync(fetched).filter((name) => name !== 'wheels');
  if (left.length > 0) throw new Trouble(`an interrupted fetch left ${left}`);
  console.log('== interrupted after 3 s: as expected, nothing is left\n');
}

function searches() {
  const noPython = path.join(folder, 'bin');
  mkdirSync(noPython);
  expect(
    'nothing there, no Python',
    opener,
    { ...bare, PATH: noPython },
    /there is no python3[\s\S]*npx dinomaly libtorch/,
  );
  expect('fetch by pip without Python', [cli, 'libtorch', '--pip'], { ...bare, PATH: noPython }, /no python3 with pip/);
  const nowhere = { ...bare, PIP_NO_INDEX: '1', PIP_FIND_LINKS: noPython, PIP_CONFIG_FILE: '/dev/null' };
  expect(
    'fetch by pip without an index',
    [cli, 'libtorch', '--pip'],
    nowhere,
    /No matching distribution[\s\S]*pip config set/,
  );
  const python = spawnSync('python3', ['-c', 'import torch; print(torch.__path__[0])'], { encoding: 'utf8' });
  if (python.status === 0) {
    expect("Python's torch", opener, bare, OPENED);
    expect('DINOMALY_LIBTORCH', opener, { ...bare, DINOMALY_LIBTORCH: python.stdout.trim() }, OPENED);
  } else {
    console.log("== Python's torch: not tried, python3 has none\n");
  }
  expect('DINOMALY_LIBTORCH of no libtorch', opener, { ...bare, DINOMALY_LIBTORCH: root }, /has no lib\/libtorch\.so/);
}

await runMain(async () => {
  try {
    searches();
    await interrupted();
    expect('fetch', [cli, 'libtorch'], bare, /-cpu\/torch$/m);
    expect('fetched before', [cli, 'libtorch'], bare, /^[^\n]*-cpu\/torch$/);
    expect('the cache', opener, bare, OPENED);
    if (process.argv.includes('--cuda')) {
      expect('fetch of the CUDA build', [cli, 'libtorch', '--cuda'], bare, /-cuda\/torch$/m);
      expect('the CUDA build of the cache', opener, bare, OPENED);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
