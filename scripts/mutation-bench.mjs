// Where faults are planted: a copy of the sources in build/mutate/tree with a build of its own. The sources themselves are
// only read.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jobs, root, run, sources, Trouble } from './tools.mjs';

/** @typedef {import('../test/mutations/tests.mjs').NamedTest} NamedTest */
/** @typedef {{passed: boolean | undefined, how: string}} Run `passed` is undefined when the test did not run */

/** A test that takes longer than this does not end: the fault is caught. */
const LONGEST_MS = 300_000;

/**
 * Runs a program of the copy quietly.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function quiet(program, args, cwd) {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 28,
    // As ava.config.mjs has it, for the executables too.
    env: { ...process.env, OMP_NUM_THREADS: '1', NO_COLOR: '1' },
  });
  if (status === null && signal === null) throw new Trouble(`${program}: ${error?.message}`);
  return { status, signal, text: `${stdout}\n${stderr}` };
}

/**
 * The first part of an output that matches, for people.
 * @param {string} text
 * @param {RegExp} pattern
 */
const told = (text, pattern) => text.match(pattern)?.[0]?.trim() ?? '';

/**
 * The arguments that run one test in the copy.
 * @param {NamedTest} test
 * @returns {[program: string, args: string[]]}
 */
function commandOf(test) {
  switch (test.kind) {
    case 'core':
      return ['build/cmake/dinomaly_core_test', ['--run', test.title]];
    case 'parity':
      return ['build/cmake/dinomaly_parity', [`test/fixtures/${test.folder}`, test.check]];
    case 'ava':
      return [process.execPath, ['node_modules/ava/entrypoints/cli.mjs', test.file, '--match', test.title]];
  }
}

/** What each runner prints of a test that passed, and of one that failed; of neither, when it did not run the test. */
const MARKS = {
  core: { passed: /^ok {3}.*$/m, failed: /^ {5}\S+:\d+: .*$/m },
  parity: { passed: /^ok .*$/m, failed: /^FAIL .*$/m },
  ava: { passed: /✔ .*$/m, failed: /✘ \[fail\].*$|^.*(?:exited due to|Timed out).*$/m },
};

export class Bench {
  #tree = path.join(root, 'build/mutate/tree');
  /** @type {Map<string, Run>} runs without a fault, by test */
  #whole = new Map();

  /** Copies what git knows and does not ignore, where it differs, and builds it. */
  prepare() {
    const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    if (listed.status !== 0) throw new Trouble('The faults are planted in a copy of what git lists: this is no clone');
    const files = new Set(listed.stdout.split('\0').filter((name) => name !== '' && existsSync(path.join(root, name))));
    mkdirSync(this.#tree, { recursive: true });
    for (const name of files) this.#copy(name);
    for (const folder of ['native', 'lib', 'test', 'scripts', 'bench']) {
      for (const name of this.#listed(folder)) if (!files.has(name)) rmSync(path.join(this.#tree, name));
    }
    const modules = path.join(this.#tree, 'node_modules');
    if (!existsSync(modules)) symlinkSync(path.join(root, 'node_modules'), modules);
    run('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], { cwd: this.#tree });
    run(process.execPath, ['scripts/native.mjs'], { cwd: this.#tree, env: { ...process.env, DINOMALY_TESTS: 'ON' } });
  }

  /** @param {string} folder */
  #listed(folder) {
    const inside = path.join(this.#tree, folder);
    if (!existsSync(inside)) return [];
    return readdirSync(inside, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(this.#tree, path.join(entry.parentPath, entry.name)));
  }

  /** @param {string} name */
  #copy(name) {
    const [from, to] = [path.join(root, name), path.join(this.#tree, name)];
    // Files that are the same keep their time, so that they are not compiled again.
    if (existsSync(to) && readFileSync(from).equals(readFileSync(to))) return;
    mkdirSync(path.dirname(to), { recursive: true });
    cpSync(from, to);
  }

  /**
   * Writes a file of the copy.
   * @param {string} file
   * @param {string} text
   */
  write(file, text) {
    writeFileSync(path.join(this.#tree, file), text);
  }

  /**
   * Builds what the test runs of a file that has changed; the reason where that fails.
   * @param {string} file
   * @param {NamedTest} test
   */
  build(file, test) {
    if (!file.startsWith('native/')) {
      if (test.kind === 'ava' && !/^test\/(?:cli|lifecycle)\//.test(test.file)) return undefined; // it runs lib itself
      const { status, text } = quiet('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], this.#tree);
      return status === 0 ? undefined : told(text, /^.*error.*$/m);
    }
    const target = { core: 'dinomaly_core_test', parity: 'dinomaly_parity', ava: 'dinomaly' }[test.kind];
    const args = ['--build', 'build/cmake', '--parallel', String(jobs()), '--target', target];
    const { status, text } = quiet('cmake', args, this.#tree);
    return status === 0 ? undefined : told(text, /^.*error.*$/m);
  }

  /**
   * Files that a test is made of, for what is known of it to go when they change.
   * @param {NamedTest} test
   * @returns {string[]}
   */
  sourcesOf(test) {
    if (test.kind === 'ava') return [test.file];
    if (test.kind === 'parity') return sources('native/parity', ['.cpp', '.h']);
    return sources('native/test', ['.cpp']).filter((file) =>
      readFileSync(path.join(root, file), 'utf8').includes(test.title),
    );
  }

  /**
   * Runs a test on the copy without a fault, once for all faults that name it.
   * @param {NamedTest} test
   * @returns {Run}
   */
  runWhole(test) {
    const key = JSON.stringify(test);
    const known = this.#whole.get(key);
    if (known !== undefined) return known;
    const broken = this.build('native/', test);
    const found = broken === undefined ? this.run(test) : { passed: undefined, how: broken };
    this.#whole.set(key, found);
    return found;
  }

  /**
   * Runs a test on the copy as it is.
   * @param {NamedTest} test
   * @returns {Run}
   */
  run(test) {
    const { status, signal, text } = quiet(...commandOf(test), this.#tree);
    const marks = MARKS[test.kind];
    if (signal !== null) return { passed: false, how: `it ended with ${signal}` };
    if (status === 0 && marks.passed.test(text)) return { passed: true, how: 'it passes' };
    if (status === 1 && marks.failed.test(text)) return { passed: false, how: told(text, marks.failed) };
    return { passed: undefined, how: `status ${status}: ${told(text, /^.*\S.*$/m)}` };
  }
}
