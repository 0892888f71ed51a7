// `npm test`: set-up, then every check and every test, going on after a failure so that one run shows them all. The last
// line is the sum: layers, format, lint and type checks count one each, then the cases of ctest and of AVA. The line before
// it counts what was skipped, with the reasons.
//   DINOMALY_SHARED   folder with the reference cases and data sets; tests that want it are skipped without
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setUp } from './setup.mjs';
import { skippedCases, skippedLine, skippedTests } from './skipped.mjs';
import { dependencyBin, jobs, root } from './tools.mjs';

/** @typedef {{passed: number, failed: number, skipped?: readonly string[] | undefined}} Count `skipped`: a reason each */

/**
 * Runs a program, shows its output and keeps it.
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<{ok: boolean, output: string}>}
 */
function show(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk) => process.stderr.write(chunk));
    child.on('error', (error) => {
      console.error(error.message);
      resolve({ ok: false, output });
    });
    child.on('close', (status) => resolve({ ok: status === 0, output }));
  });
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {Promise<Count>}
 */
async function check(program, args) {
  const { ok } = await show(program, args);
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * A run that ended badly without a failed case (a crash, nothing found) is a failure all the same.
 * @param {boolean} ok
 * @param {Count} count
 * @returns {Count}
 */
function atLeastOne(ok, { passed, failed, skipped }) {
  return { passed, failed: ok || failed > 0 ? failed : 1, skipped };
}

/** @returns {Promise<Count>} */
async function ctest() {
  const report = path.join(root, 'build/ctest.xml');
  rmSync(report, { force: true });
  const args = ['--test-dir', 'build/cmake', '--parallel', String(jobs()), '--output-on-failure', '--no-tests=error'];
  const { ok } = await show('ctest', [...args, '--output-junit', report]);
  const text = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const suite = text.match(/<testsuite\b[^>]*>/)?.[0] ?? '';
  const [tests = 0, failures = 0, disabled = 0, skipped = 0] = ['tests', 'failures', 'disabled', 'skipped'].map(
    (name) => Number(suite.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0),
  );
  const count = { passed: tests - failures - disabled - skipped, failed: failures, skipped: skippedCases(text) };
  return atLeastOne(ok, count);
}

/** @returns {Promise<Count>} */
async function ava() {
  const { ok, output } = await show(dependencyBin('ava'), []);
  /** @param {RegExp} pattern */
  const sum = (pattern) =>
    Array.from(output.matchAll(pattern), ([, count]) => Number(count)).reduce((a, b) => a + b, 0);
  // Its own count of what passed is left out where something failed.
  const passed = Array.from(output.matchAll(/^\s*✔ /gm)).length;
  const failed = sum(/^\s*(\d+) (?:tests?|hooks?) failed$/gm);
  return atLeastOne(ok, { passed, failed, skipped: skippedTests(output) });
}

/** @type {[string, () => Promise<Count>][]} */
const STAGES = [
  ['layers', () => check(process.execPath, ['scripts/check-layers.mjs'])],
  ['format', () => check(process.execPath, ['scripts/check-format.mjs'])],
  ['lint', () => check(dependencyBin('biome'), ['lint', '--error-on-warnings'])],
  ['types', () => check(dependencyBin('tsc'), ['-p', 'tsconfig.check.json'])],
  ['ctest', ctest],
  ['ava', ava],
];

/** @returns {Promise<Count>} */
async function prepare() {
  try {
    await setUp();
    return { passed: 0, failed: 0 };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1 };
  }
}

const total = await prepare();
/** @type {string[]} */
const skipped = [];
for (const [name, stage] of STAGES) {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const count = await stage();
  total.passed += count.passed;
  total.failed += count.failed;
  skipped.push(...(count.skipped ?? []));
  console.log(
    `== ${name}: ${count.failed === 0 ? 'ok' : 'FAILED'}, ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
}
console.log(`\n${skippedLine(skipped)}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
