// What the scripts share: running programs, timing steps, and where things are.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** A failure whose message is all that the user needs; the scripts print it without a stack. */
export class Trouble extends Error {}

/**
 * Runs a program with its output shown, and throws when it fails.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw new Trouble(`${program}: ${result.error.message}`);
  if (result.status !== 0) {
    const command = [path.basename(program), ...args.slice(0, 3), ...(args.length > 3 ? ['...'] : [])].join(' ');
    throw new Trouble(`${command} ended with ${result.signal ?? `status ${result.status}`}`);
  }
}

/**
 * What a program prints, or undefined when it is missing or fails.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{cwd?: string}} [options]
 */
export function output(program, args, options = {}) {
  const result = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  return result.status === 0 ? result.stdout : undefined;
}

/**
 * The script of a dependency, to be run by this Node.
 * @param {string} name
 */
export function dependencyBin(name) {
  const bin = path.join(root, 'node_modules/.bin', name);
  return existsSync(bin) ? bin : name;
}

/** Compilers at once: each takes up to 2 GiB on files that include libtorch. */
export function jobs() {
  return Math.max(1, Math.min(os.availableParallelism(), Math.floor(os.totalmem() / 2 ** 31)));
}

/**
 * Runs the main function of a script: a Trouble is printed as a message, and either ends with status 1.
 * @param {() => void | Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    const known =
      error instanceof Trouble || (error instanceof Error && 'code' in error && error.name === 'DinomalyError');
    console.error(known && error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

/**
 * True when this file is the one that Node was started with.
 * @param {string} url
 */
export function isMain(url) {
  return process.argv[1] !== undefined && fileURLToPath(url) === path.resolve(process.argv[1]);
}

/**
 * The files under a folder that have one of the extensions, relative to the root.
 * @param {string} folder
 * @param {readonly string[]} extensions
 * @returns {string[]}
 */
export function sources(folder, extensions) {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((name) => extensions.some((extension) => name.endsWith(extension)) && !name.includes('node_modules'))
    .sort();
}
