/** What `npm test` tells of skipped tests. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';

const ROOT = path.join(__dirname, '../..');
/** Loaded as a module, which it is. */
const skipped = () => import('../../scripts/skipped.mjs');

const REPORT = `<?xml version="1.0"?>
<testsuite name="Linux" tests="4" failures="0" disabled="0" skipped="3">
  <testcase name="a" classname="a" time="0.1" status="run"><system-out>ok   a (3 ms)</system-out></testcase>
  <testcase name="b" classname="b" time="0.1" status="notrun">
    <skipped message="SKIP_RETURN_CODE=77"/>
    <system-out>     b.cpp:3: a note
skip b: and a colon (0 ms): there is no CUDA device
</system-out>
  </testcase>
  <testcase name="c" classname="c" status="notrun"><skipped message=""/><system-out>skipped: DINOMALY_SHARED names no folder</system-out></testcase>
  <testcase name="d" classname="d" status="notrun"><skipped message=""/></testcase>
</testsuite>`;

test('the reason of each case that ctest skipped is found, and where there is none that is said', async (t) => {
  const { skippedCases } = await skipped();
  t.deepEqual(skippedCases(REPORT), ['there is no CUDA device', 'DINOMALY_SHARED names no folder', 'no reason given']);
  t.deepEqual(skippedCases(''), []);
});

test('one line counts what was skipped, by reason', async (t) => {
  const { skippedLine } = await skipped();
  t.is(skippedLine([]), '0 skipped');
  t.is(skippedLine(['x', 'y', 'x']), '3 skipped (2: x; 1: y)');
});

test('a test that lacks what it needs is skipped by AVA, with its reason, and does not pass', async (t) => {
  const { skippedTests } = await skipped();
  const folder = path.join(ROOT, 'build/skipped');
  mkdirSync(folder, { recursive: true });
  const where = path.join(ROOT, 'test/helpers/where.ts');
  const source = `import test from 'ava';
import { testWhere } from ${JSON.stringify(where)};
testWhere(true, 'nothing')('there', (t) => t.true(true));
testWhere(false, 'a unicorn')('not there', (t) => t.fail());
testWhere(false, 'a [horse]', test.serial)('nor this', (t) => t.fail());
`;
  writeFileSync(path.join(folder, 'some.test.ts'), source);
  const config = `export default { files: ['build/skipped/*.test.ts'], extensions: { ts: 'commonjs' }, nodeArguments: ['--import=tsx'], workerThreads: false };\n`;
  writeFileSync(path.join(folder, 'ava.config.mjs'), config);
  const { NODE_ENV: _, AVA_PATH: __, ...env } = process.env;
  const bin = path.join(ROOT, 'node_modules/ava/entrypoints/cli.mjs');
  const run = spawnSync(process.execPath, [bin, '--config', 'build/skipped/ava.config.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
    env,
  });
  t.is(run.status, 0, run.stdout + run.stderr);
  t.deepEqual(skippedTests(run.stdout).sort(), ['needs a [horse]', 'needs a unicorn']);
  t.is(run.stdout.match(/✔/g)?.length, 1);
});
