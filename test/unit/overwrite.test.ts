/** Outputs that would replace an input, or each other. */
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { openDataset } from '../../lib/index.js';
import { datasetFiles, refuseOverwrite } from '../../lib/overwrite.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { DRAW, drawRealIad } from '../helpers/layouts.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const MODEL = path.join(folder, 'model.safetensors');
const INPUTS = [{ path: MODEL, what: 'the model' }];

test.before(() => {
  writeFileSync(MODEL, 'weights');
  mkdirSync(path.join(folder, 'deep'));
  symlinkSync(MODEL, path.join(folder, 'link'));
  linkSync(MODEL, path.join(folder, 'hard'));
  symlinkSync(folder, path.join(folder, 'deep/up'));
  symlinkSync(path.join(folder, 'new'), path.join(folder, 'dangling'));
});

function output(name: string): { readonly path: string; readonly what: string } {
  return { path: `${folder}/${name}`, what: '--out' };
}

test('an output that is an input is refused by every name of the file, and the error names both', async (t) => {
  const names = ['model.safetensors', './deep/../model.safetensors', 'link', 'hard', 'deep/up/model.safetensors'];
  for (const name of names) {
    const error = await t.throwsAsync(refuseOverwrite([output(name)], INPUTS), { code: 'OUTPUT_CLASH' });
    t.regex(
      error?.message ?? '',
      /^--out would replace the model: .* and .*model\.safetensors are one file; choose another/,
    );
  }
  const relative = { path: path.relative(process.cwd(), MODEL), what: '--out' };
  await t.throwsAsync(refuseOverwrite([relative], INPUTS), { code: 'OUTPUT_CLASH' });
  t.is(readFileSync(MODEL, 'utf8'), 'weights');
});

test('two outputs that are one file are refused, also where it is still to be made', async (t) => {
  for (const [one, other] of [
    ['same', 'same'],
    ['same', 'deep/../same'],
    ['same', 'deep/up/same'],
    ['dangling', 'new'],
    ['link', 'hard'],
  ] as const) {
    await t.throwsAsync(refuseOverwrite([output(one), output(other)], []), { code: 'OUTPUT_CLASH' }, `${one} ${other}`);
  }
});

test('the lists that a layout reads beside pictures are inputs', async (t) => {
  for (const [set, draw, list] of [
    ['visa', DRAW.visa, 'split_csv/1cls.csv'],
    ['real-iad', drawRealIad('realiad_jsons'), 'realiad_jsons/audiojack.json'],
    ['real-iad-published', drawRealIad('realiad_jsons/realiad_jsons'), 'realiad_jsons/realiad_jsons/audiojack.json'],
  ] as const) {
    await draw(path.join(folder, set));
    const dataset = await openDataset(path.join(folder, set));
    await t.throwsAsync(refuseOverwrite([output(`${set}/${list}`)], datasetFiles(dataset)), { code: 'OUTPUT_CLASH' });
  }
});

test('new files, files that are no input, folders that are missing and devices are no clash', async (t) => {
  writeFileSync(path.join(folder, 'earlier'), '');
  const missing = { path: path.join(folder, 'missing'), what: 'a picture' };
  const outputs = ['earlier', 'another', 'no/such/folder'].map(output);
  const device = { path: '/dev/null', what: '--json' };
  const inputs = [...INPUTS, missing, { path: '/dev/null', what: 'a picture' }];
  await t.notThrowsAsync(refuseOverwrite([...outputs, device, device], inputs));
});
