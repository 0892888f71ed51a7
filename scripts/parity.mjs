// `npm run parity -- FOLDER [CHECK]...`: holds the project against a folder of reference cases, whatever their sizes: all
// that it has, or the checks that are named. Prints the largest error of each stage; exits non-zero past a tolerance, when
// a check that is named has no case, or when the folder holds no case at all.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { comparePreprocessing } from './preprocess-parity.mjs';
import { setUp } from './setup.mjs';
import { root, runMain, Trouble } from './tools.mjs';

const require = createRequire(import.meta.url);

/**
 * @param {string} folder
 * @returns {Promise<boolean | undefined>} undefined when the folder has no such case
 */
async function preprocessing(folder) {
  const { decodeImage } = require('../dist/image.js');
  const { binding } = require('../dist/binding/load.js');
  const comparisons = await comparePreprocessing(folder, decodeImage, binding().prepareImage);
  for (const { name, different, largest } of comparisons) {
    const error = `error ${largest.toExponential(3).padStart(10)}  allowed    equal`;
    console.log(`${different === 0 ? 'ok  ' : 'FAIL'} ${`preprocess ${name}`.padEnd(44)} ${error}`);
  }
  return comparisons.length === 0 ? undefined : comparisons.every(({ different }) => different === 0);
}

/**
 * @param {string} folder
 * @param {readonly string[]} checks
 * @returns {boolean | undefined} undefined when the folder has none of these cases
 */
function stages(folder, checks) {
  const program = path.join(root, 'build/cmake/dinomaly_parity');
  const { status, signal } = spawnSync(program, [folder, ...checks], { stdio: 'inherit' });
  if (status === null) throw new Trouble(`dinomaly_parity ended with ${signal}`);
  if (status === 2) throw new Trouble('Besides these there is the check preprocess');
  return status === 3 ? undefined : status === 0;
}

/**
 * What was compared, check by check.
 * @param {string} folder
 * @param {readonly string[]} checks those that are named; none for all
 */
async function compare(folder, checks) {
  const native = checks.filter((name) => name !== 'preprocess');
  const results = [];
  if (checks.length === 0 || native.length > 0) results.push(stages(folder, native));
  if (checks.length === 0 || native.length < checks.length) {
    const result = await preprocessing(folder);
    if (result === undefined && checks.length > 0) throw new Trouble(`No preprocess case in ${folder}`);
    results.push(result);
  }
  return results;
}

await runMain(async () => {
  const [folder, ...checks] = process.argv.slice(2);
  if (folder === undefined) throw new Trouble('usage: npm run parity -- FOLDER [CHECK]...');
  await setUp();
  const results = await compare(path.resolve(folder), checks);
  if (results.every((result) => result === undefined)) throw new Trouble(`No parity case in ${folder}`);
  if (results.includes(false)) throw new Trouble('Not within what is allowed: see the lines that begin with FAIL');
  console.log('Every stage is within what is allowed.');
});
