// Makes the packages that are published for this platform, as tarballs in build/packages: dinomaly itself, the addon of
// build/Release, and the libraries of the libtorch in use, without what nothing here needs. Prints their sizes.
//   npm run packages
//   npm publish build/packages/NAME.tgz --access public     each, dinomaly last
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { dependencyBin, isMain, output, root, run, runMain, Trouble } from './tools.mjs';

const require = createRequire(import.meta.url);
const platform = `${process.platform}-${process.arch}`;

/** Where the tarballs go. */
export const packagesFolder = path.join(root, 'build/packages');

/**
 * @typedef {object} Packed
 * @property {string} name
 * @property {string} file the tarball
 * @property {number} bytes of the tarball
 * @property {number} unpacked bytes
 */

/** @param {string} file @returns {any} */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * Packs a folder as npm would publish it.
 * @param {string} folder
 * @returns {Packed}
 */
function pack(folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', packagesFolder];
  const text = output('npm', args, { cwd: folder });
  if (text === undefined) throw new Trouble(`npm pack failed in ${folder}`);
  /** @type {any} */
  const told = JSON.parse(text);
  // npm 12 gives an object by name where npm 11 gives a list.
  const [packed] = Array.isArray(told) ? told : Object.values(told);
  const { name, filename, size, unpackedSize } = packed;
  return { name, file: path.join(packagesFolder, filename), bytes: size, unpacked: unpackedSize };
}

/**
 * An empty folder with the package's own files. The repository's package.json names no platform, since `npm ci` must take it
 * everywhere; the published one does.
 * @param {string} name without the scope
 */
function stage(name) {
  const folder = path.join(packagesFolder, 'staging', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifest = readJson(path.join(root, 'packages', name, 'package.json'));
  const published = { ...manifest, os: [process.platform], cpu: [process.arch], libc: ['glibc'] };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  return folder;
}

/**
 * A copy without what only debuggers and linkers read; the file as it is where that would not make it smaller.
 * @param {string} from
 * @param {string} to
 */
function strip(from, to) {
  run('strip', ['--strip-unneeded', '-o', to, from]);
  if (statSync(to).size >= statSync(from).size) copyFileSync(from, to);
}

/** @returns {Packed} */
function packAddon() {
  const folder = stage(platform);
  for (const name of ['loader.node', 'libdinomaly.so']) {
    const built = path.join(root, 'build/Release', name);
    if (!existsSync(built)) throw new Trouble(`${built} is missing: run \`npm run setup\` first`);
    strip(built, path.join(folder, name));
  }
  copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
  return pack(folder);
}

/**
 * The libraries of a folder that libtorch.so comes to by its references, itself among them.
 * @param {string} folder
 * @returns {string[]}
 */
function librariesOf(folder) {
  const names = ['libtorch.so'];
  for (const name of names) {
    const text = output('readelf', ['-d', path.join(folder, name)]);
    if (text === undefined) throw new Trouble(`readelf cannot read ${path.join(folder, name)}`);
    for (const [, needed = ''] of text.matchAll(/\(NEEDED\).*\[(.+)\]/g)) {
      if (!names.includes(needed) && existsSync(path.join(folder, needed))) names.push(needed);
    }
  }
  return names;
}

/**
 * The licences of libtorch and of what it is made of, which its wheel brings.
 * @param {string} libtorch
 * @param {string} folder
 */
function addLicences(libtorch, folder) {
  const from = path.join(libtorch, 'licenses');
  if (existsSync(from)) {
    cpSync(from, path.join(folder, 'licenses'), { recursive: true });
    return;
  }
  const file = path.join(folder, 'package.json');
  writeFileSync(file, `${JSON.stringify({ ...readJson(file), private: true }, null, 2)}\n`);
  console.error(`${from} is missing: without licences the package of libtorch serves for trials only: it is private, and npm does not publish it.
Remove ${path.dirname(libtorch)} and run \`npx dinomaly libtorch\`, which brings them.`);
}

/**
 * Packing takes a minute, so what was packed from the same files is kept.
 * @param {import('../lib/libtorch/index.js').Libtorch} libtorch
 * @returns {Packed}
 */
function packLibtorch(libtorch) {
  const name = `libtorch-${platform}`;
  const { size, mtimeMs } = statSync(path.join(libtorch.root, 'lib/libtorch_cpu.so'));
  const licences = existsSync(path.join(libtorch.root, 'licenses'));
  const script = readFileSync(new URL(import.meta.url), 'utf8');
  const made = JSON.stringify([
    libtorch,
    size,
    mtimeMs,
    licences,
    readJson(`${root}/packages/${name}/package.json`),
    script,
  ]);
  const stamp = path.join(packagesFolder, 'libtorch.json');
  /** @type {{made?: string, packed?: Packed}} */
  const before = existsSync(stamp) ? readJson(stamp) : {};
  if (before.made === made && before.packed && existsSync(before.packed.file)) return before.packed;
  const folder = stage(name);
  mkdirSync(path.join(folder, 'lib'));
  const libraries = path.join(libtorch.root, 'lib');
  for (const file of librariesOf(libraries)) strip(path.join(libraries, file), path.join(folder, 'lib', file));
  writeFileSync(path.join(folder, 'build-version'), `${libtorch.version}\n`);
  addLicences(libtorch.root, folder);
  const packed = pack(folder);
  rmSync(folder, { recursive: true });
  writeFileSync(stamp, JSON.stringify({ made, packed }));
  return packed;
}

/**
 * Makes every package of this platform from dist/, build/Release and the libtorch in use.
 * @returns {Packed[]}
 */
export function makePackages() {
  /** @type {typeof import('../lib/libtorch/index.js')} */
  const { findLibtorch, LIBTORCH_PIN } = require(path.join(root, 'dist/libtorch/index.js'));
  const wanted = { text: LIBTORCH_PIN, includes: (/** @type {string} */ version) => version === LIBTORCH_PIN };
  const libtorch = findLibtorch({ wanted, headers: false });
  mkdirSync(packagesFolder, { recursive: true });
  return [packLibtorch(libtorch), packAddon(), pack(root)];
}

if (isMain(import.meta.url)) {
  await runMain(() => {
    rmSync(path.join(root, 'dist'), { recursive: true, force: true });
    run(dependencyBin('tsc'), ['-p', 'tsconfig.json']);
    for (const { file, bytes, unpacked } of makePackages()) {
      const [packed, whole] = [bytes, unpacked].map((size) => (size / 1e6).toFixed(1));
      console.log(`${path.relative(root, file)}  ${packed} MB packed, ${whole} MB unpacked`);
    }
  });
}
