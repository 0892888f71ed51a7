/** The built package, by both module systems. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { PUBLISHED } from '../../lib/binding/places.js';
import { LIBTORCH_PIN } from '../../lib/libtorch/index.js';

const ROOT = path.join(__dirname, '../..');

test('import and require give one copy of each class', async (t) => {
  const required = createRequire(path.join(ROOT, 'package.json'))('dinomaly');
  // Not through the TypeScript loader, which would answer with the sources.
  const imported = await import(pathToFileURL(path.join(ROOT, 'dist/index.mjs')).href);
  for (const name of ['Model', 'Trainer', 'Evaluator', 'openDataset', 'DinomalyError']) {
    t.is(typeof required[name], 'function', name);
    t.is(imported[name], required[name], name);
  }
});

function manifest(folder: string) {
  return JSON.parse(readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly scripts: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  };
}

test('the package names those of each platform by the versions that this repository packs', (t) => {
  const own = manifest('.');
  const packages = readdirSync(path.join(ROOT, 'packages')).map((folder) => manifest(`packages/${folder}`));
  t.deepEqual(Object.fromEntries(packages.map(({ name, version }) => [name, version])), own.optionalDependencies);
  for (const { name, version } of packages) t.is(version, name.includes('libtorch') ? LIBTORCH_PIN : own.version, name);
  for (const platform of PUBLISHED) {
    t.true(packages.some(({ name }) => name === `@dinomaly/${platform}`));
    t.true(packages.some(({ name }) => name === `@dinomaly/libtorch-${platform}`));
  }
});

test('nothing is run when the package is installed', (t) => {
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
    t.false(script in manifest('.').scripts, script);
});
