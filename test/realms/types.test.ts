/** Projects in TypeScript that use the package's types as it publishes them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import test from 'ava';
import { runNode, writeConsumer } from '../helpers/consumer.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const TSC = path.join(path.dirname(createRequire(__filename).resolve('typescript/package.json')), 'bin/tsc');
const { folder, remove } = temporaryFolder();
test.after.always(remove);
test.before(() => {
  const program = readFileSync(path.join(__dirname, '../types/consumer.ts'), 'utf8');
  writeConsumer(folder, { 'modules.mts': program, 'common.cts': program });
});

for (const [moduleResolution, module] of [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['bundler', 'preserve'],
]) {
  test(`with moduleResolution ${moduleResolution}, ECMAScript modules and CommonJS get types of their own that check whole`, async (t) => {
    const options = { module, moduleResolution, target: 'es2022', lib: 'es2023,esnext.disposable', types: 'node' };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
    const files = ['modules.mts', 'common.cts'];
    const { status, stdout } = await runNode(folder, [TSC, ...args, ...strict, '--traceResolution', ...files]);
    t.is(status, 0, stdout.match(/^.*error TS.*$/gm)?.join('\n'));
    const resolved = stdout.matchAll(/Module name 'dinomaly' was successfully resolved to '[^']*dist\/([^']*)'/g);
    t.deepEqual(Array.from(resolved, ([, file]) => file).sort(), ['index.d.mts', 'index.d.ts']);
  });
}
