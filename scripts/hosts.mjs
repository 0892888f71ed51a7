// Builds and runs the projects of test/hosts with the packed packages: a Next.js server, a bundle of webpack, Electron's main
// process. Out of `npm test`, since it installs the newest of each from the registry. Prints a table; the status is 1 when a
// host that ran gave another score than Node, 0 otherwise.
//   npm run hosts
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import sharp from 'sharp';
import { makePackages } from './packages.mjs';
import { output, root, run, runMain, Trouble } from './tools.mjs';

/**
 * @typedef {object} Project
 * @property {string} folder
 * @property {string} picture
 * @property {NodeJS.ProcessEnv} env names the model and the picture
 */

const require = createRequire(import.meta.url);
const FRAMEWORKS = ['next', 'react', 'react-dom', 'webpack', 'webpack-cli', 'electron'];

/** A host that cannot be had on this machine. */
class Unavailable extends Trouble {}

/**
 * One project of all hosts, so that libtorch is unpacked once.
 * @param {string} folder
 */
function install(folder) {
  for (const host of ['next', 'webpack', 'electron'])
    cpSync(path.join(root, 'test/hosts', host), folder, { recursive: true });
  const packed = makePackages().map(({ name, file }) => [name, `file:${file}`]);
  const dependencies = Object.fromEntries([...packed, ...FRAMEWORKS.map((name) => [name, 'latest'])]);
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

/**
 * A model, a picture, and the score that Node gives.
 * @param {string} folder
 */
async function reference(folder) {
  /** @type {typeof import('../lib/index.js')} */
  const { Trainer } = require(path.join(root, 'dist/index.js'));
  const file = path.join(folder, 'model.safetensors');
  const picture = path.join(folder, 'part.png');
  const noise = { type: /** @type {const} */ ('gaussian'), mean: 128, sigma: 30 };
  await sharp({ create: { width: 48, height: 48, channels: 3, background: 'grey', noise } })
    .png()
    .toFile(picture);
  const encoder = { dim: 16, depth: 4, heads: 2, patch: 8 };
  const trainer = await Trainer.create({ encoder, weights: null, size: 40, crop: 32, device: 'cpu' });
  await trainer.save(file);
  const { score } = await (await trainer.model()).score(picture);
  const env = { ...process.env, MODEL: file, PICTURE: picture, NEXT_TELEMETRY_DISABLED: '1' };
  return { score, project: { folder, picture, env } };
}

/**
 * The number that a program prints.
 * @param {Project} project
 * @param {string} program
 * @param {readonly string[]} args
 */
function printed({ folder, env }, program, args) {
  const { status, stdout } = spawnSync(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Trouble(`${args[0]} ended with ${status}`);
  return [Number(stdout.toString().trim())];
}

/** @param {Project} project */
function webpack({ folder, env, ...rest }) {
  run('npx', ['webpack'], { cwd: folder, env });
  return printed({ folder, env, ...rest }, process.execPath, ['dist/service.cjs']);
}

/** @param {Project} project */
function electron(project) {
  if (output('npx', ['install-electron'], { cwd: project.folder }) === undefined) {
    throw new Unavailable('its binary cannot be fetched');
  }
  return printed(project, 'npx', ['electron', '--no-sandbox', '--ozone-platform=headless', 'main.cjs']);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : Number.NaN;
}

/**
 * The page, once the server answers.
 * @param {string} url
 */
async function page(url) {
  for (let tries = 0; ; ++tries) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (tries === 100) throw error;
      await pause(200);
    }
  }
}

/** @param {string} url @param {string} picture @param {string} [action] the field that names a server action */
function post(url, picture, action) {
  const form = new FormData();
  if (action !== undefined) form.append(action, '');
  form.append('picture', new Blob([readFileSync(picture)]), 'part.png');
  return fetch(url, { method: 'POST', body: form, redirect: 'manual' });
}

/** The scores of a route handler and of a server action. @param {Project} project */
async function next({ folder, picture, env }) {
  run('npx', ['next', 'build'], { cwd: folder, env });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  // A copy elsewhere has nothing but what was traced.
  const alone = path.join(folder, '../alone');
  cpSync(path.join(folder, '.next/standalone'), alone, { recursive: true });
  const started = { ...env, PORT: String(port), HOSTNAME: '127.0.0.1' };
  const server = spawn(process.execPath, ['server.js'], { cwd: alone, env: started, stdio: 'inherit' });
  try {
    const action = /\$ACTION_ID_\w+/.exec(await page(url))?.[0];
    const { score } = /** @type {{score: number}} */ (await (await post(`${url}score`, picture)).json());
    const location = (await post(url, picture, action)).headers.get('location') ?? '';
    return [score, Number(new URL(location, url).searchParams.get('score') ?? Number.NaN)];
  } finally {
    server.kill();
  }
}

/** @param {string} folder @param {string} name */
function versionOf(folder, name) {
  return JSON.parse(readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}

await runMain(async () => {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'dinomaly-hosts-'));
  const folder = path.join(temporary, 'project');
  try {
    install(folder);
    const { score, project } = await reference(folder);
    const rows = [];
    for (const [name, host] of Object.entries({ next, webpack, electron })) {
      const row = { host: name, version: versionOf(folder, name), result: 'ok' };
      rows.push(row);
      try {
        const scores = await host(project);
        if (scores.some((found) => found !== score)) row.result = `FAILED: ${scores.join(', ')} instead of ${score}`;
      } catch (error) {
        const what = error instanceof Unavailable ? 'not run' : 'FAILED';
        row.result = `${what}: ${error instanceof Error ? error.message : error}`;
      }
    }
    console.table(rows);
    process.exitCode = rows.some(({ result }) => result.startsWith('FAILED')) ? 1 : 0;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
});
