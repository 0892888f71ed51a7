/** A project that has the built package in its node_modules, and everything that the clone has there too. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(__dirname, '../..');

/**
 * Makes the project in `folder`. The package is a copy, not a link: tools treat what lies outside of node_modules as sources of
 * the project. Its binaries are those of the clone.
 */
export function writeConsumer(folder: string, files: Readonly<Record<string, string>> = {}): void {
  const modules = path.join(folder, 'node_modules');
  const copy = path.join(modules, 'dinomaly');
  mkdirSync(copy, { recursive: true });
  for (const name of ['package.json', 'dist', 'examples']) {
    cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'build'), path.join(copy, 'build'));
  for (const name of readdirSync(path.join(ROOT, 'node_modules'))) {
    if (name !== '.bin' && name !== 'dinomaly')
      symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  }
  for (const [name, content] of Object.entries({ 'package.json': '{ "private": true }', ...files })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

/** What a program left. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node in `folder` to its end. */
export function runNode(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...env }, timeout: 240_000, maxBuffer: 2 ** 26 };
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    );
  });
}
