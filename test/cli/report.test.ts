/** `dinomaly evaluate --report` as a user runs it, on the built package. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { temporaryFolder, writeModel } from '../helpers/drawn-set.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const { folder, remove } = temporaryFolder();
let model: string;
let data: string;
test.before(async () => {
  ({ model, data } = await writeModel(folder));
});
test.after.always(remove);

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function evaluate(...args: string[]): Run {
  const command = [MAIN, 'evaluate', '--data', data, '--device', 'cpu', ...args];
  return spawnSync(process.execPath, command, { encoding: 'utf8', timeout: 200_000 });
}

const read = (...parts: string[]): string => readFileSync(path.join(...parts), 'utf8');

test('a report holds page, JSON and tables with galleries of every class, and the table still goes to stdout', (t) => {
  const out = path.join(folder, 'out/deep');
  const { status, stdout, stderr } = evaluate('--model', model, '--report', out);
  t.is(status, 0, stderr);
  t.regex(stdout, /^mean /m);
  t.regex(stderr, /report in .*index\.html/);
  t.deepEqual(readdirSync(out).sort(), ['classes.csv', 'index.html', 'metrics.json', 'pictures.csv']);
  const page = read(out, 'index.html');
  // Of each class two normal pictures without masks, and three anomalous ones.
  t.is(page.match(/<img src="data:image\/webp/g)?.length, 2 * (2 * 2 + 3 * 3));
  t.true(page.includes('ring/test/square/0.png'), 'paths are told from the dataset');
  const { provenance, classes } = JSON.parse(read(out, 'metrics.json')) as {
    provenance: { dataset: { hash: string }; models: { file: string }[]; command: string[] };
    classes: unknown[];
  };
  t.regex(provenance.dataset.hash, /^[0-9a-f]{64}$/);
  t.is(provenance.models[0]?.file, model);
  t.deepEqual(provenance.command.slice(0, 2), ['dinomaly', 'evaluate']);
  t.is(classes.length, 2);
  t.is(read(out, 'pictures.csv').trimEnd().split('\r\n').length, 11);
});

test('one model a class gives one report that names each model', (t) => {
  const models = path.join(folder, 'models');
  mkdirSync(models);
  for (const name of ['disc', 'ring']) copyFileSync(model, path.join(models, `${name}.safetensors`));
  const out = path.join(folder, 'separated');
  const { status, stderr } = evaluate('--model', models, '--report', out);
  t.is(status, 0, stderr);
  const page = read(out, 'index.html');
  t.is(page.match(/<img src="data:image\/webp/g)?.length, 26);
  t.true(page.includes('One model a class') && page.includes('ring.safetensors'));
  const { provenance } = JSON.parse(read(out, 'metrics.json')) as { provenance: { models: { className: string }[] } };
  t.deepEqual(
    provenance.models.map(({ className }) => className),
    ['disc', 'ring'],
  );
});

test('a folder that cannot be written to is refused before anything is scored', (t) => {
  const file = path.join(folder, 'file');
  writeFileSync(file, 'kept');
  const { status, stdout, stderr } = evaluate('--model', model, '--report', file);
  t.is(status, 1);
  t.is(stdout, '');
  t.regex(stderr, /FILE_WRITE .*file/);
  t.is(read(file), 'kept');
});

test('without --report nothing is gathered or written', (t) => {
  const { status, stderr } = evaluate('--model', model, '--class', 'disc');
  t.is(status, 0, stderr);
  t.false(/hash|report in/.test(stderr));
  t.false(existsSync(path.join(folder, 'index.html')));
});
