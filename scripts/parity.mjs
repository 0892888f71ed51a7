// `npm run parity -- FOLDER [forward|train|metrics|checkpoints|preprocess]...`: holds the project against a folder of
// reference cases, whatever their sizes. Prints the largest error of each stage; exits non-zero past a tolerance, or when
// the folder holds no case.
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
    const error = `error ${largest.toExponential(3).padStart(10)}  tolerance    equal`;
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
  return status === 3 ? undefined : status === 0;
}

await runMain(async () => {
  const [folder, ...checks] = process.argv.slice(2);
  if (folder === undefined)
    throw new Trouble('usage: npm run parity -- FOLDER [forward|train|metrics|checkpoints|preprocess]...');
  await setUp();
  const native = checks.filter((name) => name !== 'preprocess');
  const all = checks.length === 0;
  const results = [];
  if (all || native.length > 0) results.push(stages(path.resolve(folder), native));
  if (all || native.length < checks.length) results.push(await preprocessing(path.resolve(folder)));
  if (results.every((result) => result === undefined)) throw new Trouble(`No parity case in ${folder}`);
  if (results.includes(false)) throw new Trouble('Past a tolerance: see the lines that begin with FAIL');
  console.log('Every stage is within its tolerance.');
});
