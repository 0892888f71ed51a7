/** The package as it is published, installed into an empty folder of a machine without compilers, Python or a network. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { discPixels, temporaryFolder, writePng } from '../helpers/drawn-set.js';
import {
  npm12,
  ownNpm,
  type PackageManager,
  pnpm,
  project,
  yarn1,
  yarn4,
  yarn4Modules,
} from '../helpers/package-managers.js';
import { type Registry, startRegistry } from '../helpers/registry.js';
import { testWhere } from '../helpers/where.js';

const ROOT = path.join(__dirname, '../..');
const { folder, remove } = temporaryFolder();
const test = anyTest as TestFn;
let registry: Registry;
let tarballs: readonly { readonly name: string; readonly file: string; readonly bytes: number }[];

/** Makes a model, scores a picture, and says which libtorch the process has. */
const SCORE = `
const { Model, Trainer } = require('dinomaly');
const { readFileSync } = require('node:fs');
(async () => {
  const encoder = { dim: 16, depth: 4, heads: 2, patch: 8 };
  const trainer = await Trainer.create({ encoder, weights: null, size: 40, crop: 32, seed: 1, device: 'cpu' });
  await trainer.save('model.safetensors');
  const model = await Model.load('model.safetensors', { device: 'cpu' });
  const { score } = await model.score('part.png');
  const [libtorch] = readFileSync('/proc/self/maps', 'utf8').match(/\\/.*libtorch_cpu\\.so$/m);
  console.log(JSON.stringify({ score, libtorch }));
})().catch(({ code, message }) => console.log(JSON.stringify({ code, message })));
`;

test.before(async (t) => {
  t.timeout(300_000);
  const { makePackages } = await import('../../scripts/packages.mjs');
  tarballs = makePackages();
  registry = await startRegistry(
    ROOT,
    tarballs.map(({ file }) => file),
  );
});
test.after.always(async () => {
  await registry?.close();
  remove();
});

test.serial('the packages have the sizes that the documents tell, and no install script', (t) => {
  for (const [name, most] of [
    ['dinomaly', 2e6],
    [`@dinomaly/${process.platform}-${process.arch}`, 2e6],
    [`@dinomaly/libtorch-${process.platform}-${process.arch}`, 180e6],
  ] as const) {
    const packed = tarballs.find((tarball) => tarball.name === name);
    t.true(packed !== undefined && packed.bytes < most, `${name}: ${packed?.bytes} bytes`);
    t.log(`${name}: ${((packed?.bytes ?? 0) / 1e6).toFixed(1)} MB packed`);
    const list = spawnSync('tar', ['-tzf', packed?.file ?? ''], { encoding: 'utf8' }).stdout;
    // Licences of what libtorch holds lie in folders of any name.
    const files = list.split('\n').filter((file) => !file.startsWith('package/licenses/'));
    t.notRegex(files.join('\n'), /binding\.gyp|\/(?:node_modules|test|build)\//);
    const manifest = JSON.parse(
      spawnSync('tar', ['-xzOf', packed?.file ?? '', 'package/package.json'], { encoding: 'utf8' }).stdout,
    );
    for (const script of ['preinstall', 'install', 'postinstall']) t.false(script in (manifest.scripts ?? {}), script);
  }
});

/** `at`: a project of another test that is gone on with. */
function installs(title: string, manager: PackageManager | undefined, at = title): void {
  testWhere(
    manager !== undefined,
    title,
    test.serial,
  )(`${title} installs it without scripts, and it scores a picture in code and by its command`, async (t) => {
    t.timeout(280_000);
    const place = project(path.join(folder, at.replace(' ', '-')), manager as PackageManager, registry.url);
    const installed = await place.install('dinomaly');
    t.true(installed.ok, installed.stdout + installed.stderr);
    const part = path.join(place.folder, 'part.png');
    await writePng(part, discPixels(48, 48, 1, true), 48, 48);
    writeFileSync(path.join(place.folder, 'score.cjs'), SCORE);
    const scored = await place.node('score.cjs');
    const { score, libtorch } = JSON.parse(scored.stdout || `{"score":${JSON.stringify(scored.stderr)}}`);
    t.true(Number.isFinite(score), scored.stdout + scored.stderr);
    t.true(libtorch.startsWith(path.join(place.folder, manager?.packages ?? '', '/')), libtorch);
    const command = await place.command('predict', '--model', 'model.safetensors', part);
    t.true(command.ok, command.stderr);
    t.is(JSON.parse(command.stdout).score, score);
  });
}

installs('npm', ownNpm());
installs('npm 12', npm12());
installs('pnpm', pnpm());
installs('Yarn 1', yarn1());
installs('Yarn 4', yarn4());
installs('Yarn 4 with node_modules', yarn4Modules(), 'Yarn 4');

testWhere(
  ownNpm() !== undefined,
  'npm',
  test.serial,
)('a binary that is not the published one is not installed, and the package says that it is missing', async (t) => {
  t.timeout(280_000);
  const addon = `@dinomaly/${process.platform}-${process.arch}`;
  registry.damage(addon);
  const place = project(path.join(folder, 'damaged'), ownNpm() as PackageManager, registry.url);
  await place.install('dinomaly');
  t.false(existsSync(path.join(place.folder, 'node_modules', addon, 'loader.node')));
  writeFileSync(path.join(place.folder, 'score.cjs'), SCORE);
  const { code, message } = JSON.parse((await place.node('score.cjs')).stdout);
  t.is(code, 'ADDON_LOAD');
  t.true(message.includes(`the package ${addon} is not installed`), message);
  t.true(message.includes('npx dinomaly build'), message);
});
