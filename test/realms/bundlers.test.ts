/** Services that are bundled, with the package outside of the bundle as it must be, and with it inside. */
import path from 'node:path';
import test from 'ava';
import { type BuildOptions, build } from 'esbuild';
import { runNode, writeConsumer } from '../helpers/consumer.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const SERVICE = `
import { DinomalyError, Model, Trainer } from 'dinomaly';
(async () => {
  const encoder = { dim: 16, depth: 4, heads: 2, patch: 8 };
  const trainer = await Trainer.create({ encoder, weights: null, size: 40, crop: 32 });
  await trainer.save('model.safetensors');
  const model = await Model.load('model.safetensors');
  const data = new Uint8Array(32 * 32 * 3);
  const { score } = await model.score({ data, info: { width: 32, height: 32, channels: 3 } });
  const error = await model.score(Buffer.from('text')).catch((error) => error);
  console.log(JSON.stringify({ score, typed: error instanceof DinomalyError }));
})();`;

async function bundle(outfile: string, options: BuildOptions): Promise<string> {
  const output = path.join(folder, 'out', outfile);
  const entryPoints = [path.join(folder, 'service.mjs')];
  await build({ entryPoints, outfile: output, bundle: true, platform: 'node', logLevel: 'silent', ...options });
  return output;
}

test.before(() => writeConsumer(folder, { 'service.mjs': SERVICE }));

for (const [format, file] of [
  ['cjs', 'service.cjs'],
  ['esm', 'service.mjs'],
] as const) {
  test(`a service that esbuild bundles as ${format} with dinomaly external scores`, async (t) => {
    const { stdout, stderr } = await runNode(folder, [await bundle(file, { format, external: ['dinomaly'] })]);
    const { score, typed } = JSON.parse(stdout || stderr);
    t.true(Number.isFinite(score));
    t.true(typed);
  });
}

test('a bundle that holds dinomaly itself names the setting of each bundler', async (t) => {
  // What a user gives who follows esbuild's own errors.
  const external = ['sharp', '@napi-rs/image'];
  const { status, stderr } = await runNode(folder, [await bundle('whole.cjs', { format: 'cjs', external })]);
  t.is(status, 1);
  t.regex(stderr, /dinomaly was bundled into .*out, where it cannot find its files/);
  for (const setting of ['--external:dinomaly', 'externals:', "serverExternalPackages: ['dinomaly']"]) {
    t.true(stderr.includes(setting), stderr);
  }
  t.regex(stderr, /code: 'BUNDLED'/);
});

test('so does a bundle of ECMAScript modules, which have no __dirname', async (t) => {
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  const options: BuildOptions = { format: 'esm', external: ['sharp', '@napi-rs/image'], banner };
  const { status, stderr } = await runNode(folder, [await bundle('whole.mjs', options)]);
  t.is(status, 1);
  t.regex(stderr, /dinomaly was bundled into an ECMAScript module, where/);
});
