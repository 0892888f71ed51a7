/** `dinomaly build`, with programs that stand in for CMake and the compiler. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { buildsWith, findLibtorch } from '../../lib/libtorch/index.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const ROOT = path.join(__dirname, '../..');
const { version } = require(path.join(ROOT, 'package.json')) as { version: string };
const { folder, remove } = temporaryFolder();
test.after.always(remove);

/** Configures by noting its arguments; builds by giving what was built before. */
const CMAKE = `#!${process.execPath}
const { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
if (args[0] === '--version') console.log('cmake version 3.30.1');
else if (args[0] === '--build') {
  const settings = readFileSync(args[1] + '/arguments', 'utf8');
  console.log('[1/2] compiles');
  if (settings.includes('HANGS')) {
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(process.env.HANGS + '.new', String(child.pid));
    renameSync(process.env.HANGS + '.new', process.env.HANGS);
    setInterval(() => {}, 1000);
    return;
  }
  if (settings.includes('FAIL')) { console.error('error: no such thing'); process.exit(2); }
  const output = /-DDINOMALY_OUTPUT=(.*)/.exec(settings)[1];
  mkdirSync(output, { recursive: true });
  for (const name of ['loader.node', 'libdinomaly.so']) copyFileSync('${ROOT}/build/Release/' + name, output + '/' + name);
} else {
  const objects = args[args.indexOf('-B') + 1];
  mkdirSync(objects, { recursive: true });
  writeFileSync(objects + '/arguments', args.join('\\n') + (process.env.BUILD ?? ''));
}
`;

const COMPILER = `#!${process.execPath}\nconsole.log('12');\n`;

/** A machine with these programs: its environment, and what there is to build against. */
function machine(name: string, programs: Readonly<Record<string, string>>) {
  const bin = path.join(folder, name, 'bin');
  const cache = path.join(folder, name, 'cache');
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, path.join(bin, 'node'));
  for (const [program, text] of Object.entries(programs)) {
    writeFileSync(path.join(bin, program), text);
    chmodSync(path.join(bin, program), 0o755);
  }
  const { root } = findLibtorch({ wanted: buildsWith(), headers: true });
  return { env: { PATH: bin, HOME: folder, XDG_CACHE_HOME: cache, DINOMALY_LIBTORCH: root }, cache, root };
}

const BUILD = [path.join(ROOT, 'dist/cli/main.js'), 'build'];

/** What `dinomaly build` says on such a machine. */
function build(
  name: string,
  programs: Readonly<Record<string, string>>,
  more: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
) {
  const { env, cache, root } = machine(name, programs);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...BUILD, ...args], {
    env: { ...env, ...more },
    encoding: 'utf8',
  });
  return { status, stdout, stderr, cache, root };
}

const TOOLS = { cmake: CMAKE, 'c++': COMPILER, make: COMPILER };

test('what CMake built goes to the cache, named by version, platform and libtorch, and can be opened', (t) => {
  const { status, stdout, stderr, cache, root } = build('whole', TOOLS);
  t.is(status, 0, stderr);
  t.regex(stderr, /compiles/);
  const parent = path.join(cache, 'dinomaly/addon');
  const [name = '', ...others] = readdirSync(parent);
  t.deepEqual(others, []);
  t.regex(
    name,
    new RegExp(`^${version.replaceAll('.', '\\.')}-${process.platform}-${process.arch}-libtorch-\\d+\\.\\d+$`),
  );
  t.is(stdout.trim(), path.join(parent, name));
  t.deepEqual(readdirSync(path.join(parent, name)).sort(), ['libdinomaly.so', 'loader.node']);
  // The files of the package without its clone: what is left to open is the addon of the cache.
  const copy = path.join(folder, 'copy');
  mkdirSync(copy);
  for (const part of ['dist', 'package.json', 'node_modules'])
    symlinkSync(path.join(ROOT, part), path.join(copy, part));
  const load = `const { binding, bindingPath } = require('./dist/binding/load.js'); binding(); console.log(bindingPath())`;
  const args = ['--preserve-symlinks', '--preserve-symlinks-main', '-e', load];
  const env = { ...process.env, XDG_CACHE_HOME: cache, DINOMALY_LIBTORCH: root };
  const opened = spawnSync(process.execPath, args, { cwd: copy, env, encoding: 'utf8' });
  t.is(opened.stdout.trim(), path.join(parent, name, 'loader.node'), opened.stderr);
});

test('a build names every tool that is missing, and how to get it', (t) => {
  const { status, stderr } = build('bare', {});
  t.is(status, 1);
  t.true(stderr.includes('ADDON_BUILD'), stderr);
  t.regex(stderr, /Building needs CMake 3\.22 or newer, a C\+\+20 compiler .*, ninja or make\.\n.*apt install/);
});

test('a build that fails says so after the words of the compiler, and leaves nothing', (t) => {
  const { status, stderr, cache } = build('fails', TOOLS, { BUILD: 'FAIL' });
  t.is(status, 1);
  t.regex(stderr, /error: no such thing\n.*ADDON_BUILD .*cmake ended with status 2/s);
  t.deepEqual(readdirSync(path.join(cache, 'dinomaly/addon')), []);
});

test('with --quiet the compiler is heard only when it fails', (t) => {
  const whole = build('quiet', TOOLS, {}, ['--quiet']);
  t.deepEqual([whole.status, whole.stderr], [0, '']);
  const failed = build('quiet-fails', TOOLS, { BUILD: 'FAIL' }, ['--quiet']);
  t.is(failed.status, 1);
  t.regex(failed.stderr, /compiles\n.*error: no such thing\n.*ADDON_BUILD /s);
});

test('a build that is interrupted ends the compilers too, and leaves nothing', async (t) => {
  const { env, cache } = machine('interrupted', TOOLS);
  const mark = path.join(folder, 'interrupted/compiler');
  const child = spawn(process.execPath, BUILD, { env: { ...env, BUILD: 'HANGS', HANGS: mark }, stdio: 'ignore' });
  while (!existsSync(mark) && (child.exitCode ?? child.signalCode) === null) await sleep(20);
  child.kill('SIGTERM');
  await once(child, 'exit');
  // A process that ended has no command line, even before its parent takes notice.
  const commandLine = `/proc/${readFileSync(mark, 'utf8')}/cmdline`;
  const lives = (): boolean => existsSync(commandLine) && readFileSync(commandLine, 'utf8') !== '';
  // One that goes on keeps the test waiting until AVA ends it.
  while (lives()) await sleep(20);
  t.deepEqual(readdirSync(path.join(cache, 'dinomaly/addon')), []);
});
