/**
 * Tests of what a machine may lack. Where it is there they run; elsewhere AVA skips them, with the reason behind the title, by
 * which `npm test` counts them. Whether it is there is found out when the file is loaded: a test that found out as it runs
 * could only pass.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import ava, { type Implementation } from 'ava';
import { temporaryFolder } from './drawn-set.js';

/** What `test` and `test.serial` share. */
interface Register {
  (title: string, run: Implementation<[]>): void;
  readonly skip: (title: string, run: Implementation<[]>) => void;
}

/**
 * AVA's `test` where `met`, else what skips.
 * @param needs - what is missing then, e.g. `a CUDA device`
 */
export function testWhere(
  met: boolean,
  needs: string,
  test: Register = ava,
): (title: string, run: Implementation<[]>) => void {
  return met ? test : (title, run) => test.skip(`${title} [needs ${needs}]`, run);
}

function mount(disk: string, options: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]).status === 0;
}

/** A file system of the test's own, taken off at the end of its scope. */
export interface Disk extends Disposable {
  readonly folder: string;
}

/** Mounts an empty file system in memory as `folder`; `options` are those of `mount -o`. */
export function mountDisk(folder: string, options: string): Disk {
  mkdirSync(folder);
  if (!mount(folder, options)) throw new Error(`${folder} cannot be mounted, though others could`);
  return { folder, [Symbol.dispose]: () => void spawnSync('umount', [folder]) };
}

function canMount(): boolean {
  const { folder, remove } = temporaryFolder();
  const disk = path.join(folder, 'disk');
  mkdirSync(disk);
  const mounted = mount(disk, 'size=4k');
  if (mounted) spawnSync('umount', [disk]);
  rmdirSync(disk);
  remove();
  return mounted;
}

/** For tests that use `mountDisk`. */
export const testWithDisk = testWhere(canMount(), 'the right to mount a file system');
