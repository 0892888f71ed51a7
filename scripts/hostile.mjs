// `npm run hostile [-- --rounds 5 --models 828 --pictures 3300 --seed 1]`: what must never crash or hang, many times over,
// out of the gate because it takes minutes. Processes and workers that end while the addon is at work; damaged model
// files that are loaded and scored with; damaged pictures that are decoded and scored. Each runs in a child process: a
// signal, a silence of 20 seconds or an error without a code is a failure. Ends with 1 if there was any.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root, runMain, Trouble } from './tools.mjs';

const SILENCE = 20_000;
const require = createRequire(import.meta.url);

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    models: { type: 'string', default: '828' },
    pictures: { type: 'string', default: '3300' },
    seed: { type: 'string', default: '1' },
  },
});

/** Repeatable random numbers: xorshift32. @param {number} seed */
function generator(seed) {
  let state = seed * 2654435761 || 1;
  /** @param {number} below */
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/**
 * A damaged copy: flipped bits, a cut, a hole, bytes of another place, numbers at their limits.
 * @param {Buffer} bytes
 * @param {(below: number) => number} random
 */
function damage(bytes, random) {
  const copy = Buffer.from(bytes);
  // Heads and directories are where readers take numbers from.
  const place = () => random(random(2) === 0 ? Math.min(copy.length, 4096) : copy.length);
  const kind = random(6);
  if (kind === 0) return copy.subarray(0, place());
  if (kind === 1) return Buffer.concat([copy.subarray(0, place()), copy.subarray(place())]);
  for (let i = 1 + random(8); i > 0; --i) {
    const at = place();
    if (kind === 2) copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
    else if (kind === 3) copy.fill(random(2) * 255, at, Math.min(copy.length, at + 1 + random(16)));
    else if (kind === 4) copy.copy(copy, at, place(), place());
    else copy[at] = [0, 1, 127, 128, 255][random(5)] ?? 0;
  }
  return copy;
}

/**
 * @param {string[]} args of node
 * @param {(line: string) => void} onLine
 * @returns {Promise<{status: number | null, signal: string | null, stderr: string}>}
 */
function child(args, onLine) {
  return new Promise((resolve) => {
    const run = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let rest = '';
    let stderr = '';
    let timer = setTimeout(() => run.kill('SIGKILL'), SILENCE);
    run.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    run.stdout.on('data', (chunk) => {
      clearTimeout(timer);
      timer = setTimeout(() => run.kill('SIGKILL'), SILENCE);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
    });
    run.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stderr });
    });
  });
}

/**
 * Lets children work through the files one by one, a new child after each that dies.
 * @param {string} what @param {string[]} files @param {string} model
 * @returns {Promise<string[]>} the failures
 */
async function workThrough(what, files, model) {
  const failures = [];
  /** @type {Map<string, number>} */
  const outcomes = new Map();
  for (let next = 0; next < files.length; ) {
    const { signal, status, stderr } = await child(
      [path.join(root, 'scripts/hostile-child.cjs'), what, model, ...files.slice(next, next + 200)],
      (line) => {
        const [outcome = '', file = ''] = line.split(' ');
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (outcome.startsWith('BAD')) failures.push(`${what}: ${outcome} of ${file}`);
        next += 1;
      },
    );
    if (status !== 0) {
      failures.push(`${what}: ${signal ?? `status ${status}`} at ${files[next]} ${stderr.slice(-300)}`);
      next += 1;
    }
  }
  console.log(`${what}: ${files.length} files, ${JSON.stringify(Object.fromEntries(outcomes))}`);
  return failures;
}

/** @param {string} folder @param {number} rounds */
async function lifecycle(folder, rounds) {
  const failures = [];
  const ends = ['exit', 'really-exit', 'no-listeners', 'listener-throws', 'emit-exit', 'throw', 'abort'];
  ends.push('abort-before', 'dispose', 'terminate', 'exit-in-worker');
  let count = 0;
  for (let round = 0; round < rounds; ++round) {
    for (const work of ['train', 'score', 'count']) {
      for (const end of ends) {
        const { signal } = await child(['--expose-gc', 'test/lifecycle/busy.cjs', work, end, folder], () => {});
        count += 1;
        if (signal !== null) failures.push(`lifecycle: ${signal} in ${work} ${end}`);
      }
    }
  }
  console.log(`lifecycle: ${count} runs`);
  return failures;
}

/** @param {string} folder the pictures and the model in it */
async function prepare(folder) {
  const sharp = require('sharp');
  const { Trainer } = require('../dist/index.js');
  const noise = Buffer.from(Array.from({ length: 96 * 64 * 3 }, (_, i) => (i * 7919) % 251));
  const picture = sharp(noise, { raw: { width: 96, height: 64, channels: 3 } });
  for (let i = 0; i < 8; ++i)
    await picture
      .clone()
      .png()
      .toFile(path.join(folder, `${i}.png`));
  const trainer = await Trainer.create({
    encoder: { dim: 96, depth: 6, heads: 3, patch: 8 },
    weights: null,
    size: 160,
    crop: 144,
    device: 'cpu',
  });
  const model = path.join(folder, 'model.safetensors');
  await trainer.save(model);
  trainer.dispose();
  const formats = /** @type {const} */ (['png', 'jpeg', 'webp', 'tiff', 'gif', 'avif']);
  const encoded = await Promise.all(formats.map((format) => picture.clone().toFormat(format).toBuffer()));
  const bmp = readFileSync(path.join(root, 'test/fixtures/cases/preprocess/bitmap.bmp'));
  return { model, pictures: [...encoded, bmp] };
}

await runMain(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-hostile-'));
  try {
    const random = generator(Number(values.seed));
    const { model, pictures } = await prepare(folder);
    const sound = readFileSync(model);
    mkdirSync(path.join(folder, 'damaged'));
    /** @param {number} count @param {(index: number) => Buffer} bytesOf */
    const write = (count, bytesOf) =>
      Array.from({ length: count }, (_, index) => {
        const file = path.join(folder, 'damaged', `${count}-${index}`);
        writeFileSync(file, damage(bytesOf(index), random));
        return file;
      });
    const models = write(Number(values.models), () => sound);
    const damaged = write(Number(values.pictures), (index) => pictures[index % pictures.length] ?? sound);
    const failures = [
      ...(await workThrough('models', models, model)),
      ...(await workThrough('pictures', damaged, model)),
      ...(await lifecycle(folder, Number(values.rounds))),
    ];
    for (const failure of failures) console.error(failure);
    if (failures.length > 0) throw new Trouble(`${failures.length} crashes, hangs or errors without a code`);
    console.log('0 crashes, 0 hangs');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
