/** What has run, on disk: keys, damaged files, fingerprints of data sets; and where weights are found. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { fingerprintClasses } from '../../lib/datasets/fingerprint.js';
import { canonicalJson, keyOf, Store } from '../../lib/reproduce/store.js';
import type { UnitResult } from '../../lib/reproduce/types.js';
import { findWeights } from '../../lib/reproduce/weights.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { CONVENTIONS, measured } from '../helpers/measured.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

const SEVEN = { imageAuroc: 1, imageAp: 1, imageF1Max: 1, pixelAuroc: 0.5, pixelAp: 0.5, pixelF1Max: 0.5, aupro: null };

function result(key: string): UnitResult {
  return {
    format: 1,
    key,
    settings: {},
    classes: [{ name: 'disc', images: 10, anomalous: 5, unmasked: 0, ...measured(SEVEN) }],
    conventions: CONVENTIONS,
    training: {
      iterations: 2,
      plannedIterations: 2,
      batchSize: 4,
      seed: 1,
      loss: 'loose',
      images: 6,
      split: null,
      skippedSteps: 0,
      finalLoss: 0.5,
    },
    encoder: { name: 'custom', sha256: null },
    device: 'cpu',
    trainSeconds: null,
    evaluateSeconds: 1,
    finished: '2026-01-01T00:00:00.000Z',
  };
}

test('settings have the same key whatever the order they are written in, and another for another value', (t) => {
  const settings = { b: [1, { d: 2, c: 3 }], a: null };
  t.is(keyOf(settings), keyOf({ a: null, b: [1, { c: 3, d: 2 }] }));
  t.not(keyOf(settings), keyOf({ ...settings, a: 0 }));
  t.is(canonicalJson({ b: 1, a: { d: 1, c: 2 } }), '{"a":{"c":2,"d":1},"b":1}');
});

test('the store gives back what it was given under the same key only, and takes a damaged file for none', async (t) => {
  const store = await Store.open(path.join(folder, 'store'));
  const key = keyOf({ iterations: 1 });
  t.is(await store.readUnit(key), undefined);
  await store.writeUnit(result(key));
  t.deepEqual(await store.readUnit(key), result(key));
  t.is(await store.readUnit(keyOf({ iterations: 2 })), undefined);
  t.deepEqual(readdirSync(path.join(folder, 'store/runs')), [`${key}.json`], 'no draft stays');
  const file = path.join(folder, 'store/runs', `${key}.json`);
  const text = readFileSync(file, 'utf8');
  for (const damaged of ['', text.slice(0, -20), '{}', 'null', text.replace(/"key": "./, '"key": "x')]) {
    writeFileSync(file, damaged);
    t.is(await store.readUnit(key), undefined, damaged.slice(0, 20));
  }
});

test('a store that cannot be written is a FILE_WRITE', async (t) => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  await t.throwsAsync(Store.open(path.join(file, 'out')), { code: 'FILE_WRITE' });
});

test('a fingerprint is of contents, names and labels, not of where the set lies nor of its other classes', async (t) => {
  const write = (root: string, content: string): string => {
    const name = path.join(folder, root);
    mkdirSync(name, { recursive: true });
    writeFileSync(path.join(name, '1.png'), content);
    writeFileSync(path.join(name, '2.png'), 'two');
    return name;
  };
  const print = async (root: string, label: 0 | 1 = 0): Promise<ReadonlyMap<string, string>> => {
    const base = { split: 'test', defect: 'good' } as const;
    const test = [
      { path: path.join(root, '1.png'), className: 'a', label, ...base },
      { path: path.join(root, '2.png'), className: 'b', label: 0 as const, ...base },
    ];
    return fingerprintClasses({
      root,
      format: 'mvtec',
      classes: ['a', 'b'],
      train: [],
      validation: [],
      test,
      madeSplit: null,
      notes: [],
    });
  };
  const first = await print(write('set1', 'one'));
  t.deepEqual(await print(write('set2', 'one')), first);
  const edited = await print(write('set3', 'eno'));
  t.not(edited.get('a'), first.get('a'), 'the same length, another content');
  t.is(edited.get('b'), first.get('b'));
  t.not((await print(path.join(folder, 'set1'), 1)).get('a'), first.get('a'));
  await t.throwsAsync(print(path.join(folder, 'nowhere')), { code: 'FILE_READ' });
});

test("weights are found under the encoder's name or its publisher's, unless encoders share that", (t) => {
  const weights = path.join(folder, 'weights');
  mkdirSync(weights, { recursive: true });
  for (const name of ['mae_vit_base_16.safetensors', 'dinov2_vitb14_pretrain.pth', 'checkpoint_teacher.pth']) {
    writeFileSync(path.join(weights, name), 'x');
  }
  const find = (encoder: Parameters<typeof findWeights>[0]) => findWeights(encoder, undefined, weights);
  t.deepEqual(find('mae_vit_base_16'), { file: path.join(weights, 'mae_vit_base_16.safetensors') });
  t.deepEqual(find('dinov2_vit_base_14'), { file: path.join(weights, 'dinov2_vitb14_pretrain.pth') });
  t.regex(
    JSON.stringify(find('ibot_vit_base_16')),
    /missing.*has none of ibot_vit_base_16\.pth/,
    'it may be the large one',
  );
  t.regex(JSON.stringify(find({ dim: 16, depth: 4, heads: 2, patch: 8 })), /missing.*custom vit/);
  t.deepEqual(findWeights('mae_vit_base_16', null, undefined), { file: null });
  t.deepEqual(findWeights('mae_vit_base_16', '/x.pth', undefined), { file: '/x.pth' });
});
