/**
 * The package managers that people install with: the machine's npm, and others that npm brings into build/tools once. Each runs
 * in an environment of its own: an empty home, an empty cache, and nothing on the PATH but Node and a shell.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const TOOLS = path.join(__dirname, '../../build/tools');

/** A package manager, as its Node runs it. */
export interface PackageManager {
  readonly name: string;
  readonly node: string;
  readonly script: string;
  /** Arguments before the name of the package to install. */
  readonly install: readonly string[];
  /** The folder of a project that packages are put into. */
  readonly packages: string;
  /** Arguments of Node before a program of the project, so that it finds its packages. */
  readonly nodeArguments: readonly string[];
  /** Arguments of Node before those of the package's command. */
  readonly command: readonly string[];
  /** The files that give a project its registry. */
  settings(url: string): Readonly<Record<string, string>>;
}

/** What holds for all that put packages where Node looks. */
const PLAIN = {
  packages: 'node_modules',
  nodeArguments: [],
  command: ['node_modules/dinomaly/dist/cli/main.js'],
  settings: (url: string) => ({ '.npmrc': `registry=${url}/\n` }),
} as const;

function text(program: string, args: readonly string[], options = {}): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', ...options });
  return status === 0 ? stdout.trim() : undefined;
}

/** The file of a package that is put into build/tools when it is not there, or undefined where it cannot be had. */
function tool(folder: string, packages: readonly string[], file: string): string | undefined {
  const place = path.join(TOOLS, folder);
  const found = path.join(place, 'node_modules', file);
  if (!existsSync(found)) {
    mkdirSync(place, { recursive: true });
    // Without a package.json of its own npm would install into the clone.
    writeFileSync(path.join(place, 'package.json'), '{ "private": true }');
    text('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: place });
  }
  return existsSync(found) ? found : undefined;
}

/** The npm of this machine. */
export function ownNpm(): PackageManager | undefined {
  const folder = text('npm', ['root', '-g']);
  const script = path.join(folder ?? '', 'npm/bin/npm-cli.js');
  return existsSync(script)
    ? { ...PLAIN, name: 'npm', node: process.execPath, script, install: ['install'] }
    : undefined;
}

/** npm 12, which runs no install scripts, on the Node 22 that it wants. */
export function npm12(): PackageManager | undefined {
  const packages = ['npm@12', `node-${process.platform}-${process.arch}@22`];
  const script = tool('npm12', packages, 'npm/bin/npm-cli.js');
  const node = tool('npm12', packages, `node-${process.platform}-${process.arch}/bin/node`);
  return script && node ? { ...PLAIN, name: 'npm 12', node, script, install: ['install'] } : undefined;
}

/** pnpm 10, which runs no install scripts and keeps each package apart from those that it does not name. */
export function pnpm(): PackageManager | undefined {
  const script = tool('pnpm', ['pnpm@10'], 'pnpm/bin/pnpm.cjs');
  return script ? { ...PLAIN, name: 'pnpm', node: process.execPath, script, install: ['add'] } : undefined;
}

/** Yarn 1. */
export function yarn1(): PackageManager | undefined {
  const script = tool('yarn1', ['yarn@1.22'], 'yarn/bin/yarn.js');
  return script ? { ...PLAIN, name: 'Yarn 1', node: process.execPath, script, install: ['add'] } : undefined;
}

/** Yarn 4 with Plug'n'Play, its default: packages stay in archives, but for those that hold binaries. */
export function yarn4(): PackageManager | undefined {
  const script = tool('yarn4', ['@yarnpkg/cli-dist@4'], '@yarnpkg/cli-dist/bin/yarn.js');
  if (script === undefined) return undefined;
  return {
    name: 'Yarn 4',
    node: process.execPath,
    script,
    install: ['add'],
    packages: '.yarn/unplugged',
    nodeArguments: ['--require', './.pnp.cjs'],
    command: [script, 'dinomaly'],
    settings: yarnSettings,
  };
}

/** Yarn 4 with node_modules, in a project that had Plug'n'Play before. */
export function yarn4Modules(): PackageManager | undefined {
  const yarn = yarn4();
  const settings = (url: string) => ({
    '.yarnrc.yml': `${yarnSettings(url)['.yarnrc.yml']}nodeLinker: node-modules\n`,
  });
  return yarn && { ...yarn, ...PLAIN, name: 'Yarn 4 with node_modules', settings };
}

function yarnSettings(url: string) {
  // By default it takes no package younger than a day, none over HTTP, and writes no lock file on build machines.
  const settings = `npmRegistryServer: "${url}"
unsafeHttpWhitelist: ["127.0.0.1"]
npmMinimalAgeGate: 0
enableImmutableInstalls: false
enableGlobalCache: false
enableTelemetry: false
`;
  return { '.yarnrc.yml': settings };
}

/** What a program left. */
export interface Finished {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty folder of a project, and what runs in it. */
export interface Project {
  readonly folder: string;
  install(name: string): Promise<Finished>;
  /** Runs a program of the project. */
  node(...args: readonly string[]): Promise<Finished>;
  /** Runs the package's command. */
  command(...args: readonly string[]): Promise<Finished>;
}

/** A project in `folder`, new or as another manager left it, whose packages come from the registry at `url`. */
export function project(folder: string, manager: PackageManager, url: string): Project {
  const bin = path.join(folder, 'bin');
  const home = path.join(folder, 'home');
  const place = path.join(folder, 'project');
  for (const made of [bin, home, place]) mkdirSync(made, { recursive: true });
  if (!existsSync(path.join(bin, 'node'))) {
    symlinkSync(manager.node, path.join(bin, 'node'));
    symlinkSync('/bin/sh', path.join(bin, 'sh'));
    writeFileSync(path.join(place, 'package.json'), '{ "private": true }');
  }
  for (const [name, text] of Object.entries(manager.settings(url))) writeFileSync(path.join(place, name), text);
  const env = { PATH: bin, HOME: home, XDG_CACHE_HOME: path.join(home, '.cache'), CI: 'true', OMP_NUM_THREADS: '1' };
  // Not spawnSync: the registry answers from this process.
  const node = (...args: readonly string[]): Promise<Finished> =>
    new Promise((resolve) => {
      const options = { cwd: place, env, timeout: 240_000, maxBuffer: 2 ** 26 };
      execFile(path.join(bin, 'node'), args, options, (error, stdout, stderr) =>
        resolve({ ok: error === null, stdout, stderr }),
      );
    });
  return {
    folder: place,
    install: (name) => node(manager.script, ...manager.install, name),
    node: (...args) => node(...manager.nodeArguments, ...args),
    command: (...args) => node(...manager.command, ...args),
  };
}
