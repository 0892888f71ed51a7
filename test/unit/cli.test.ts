/** Values of the command line, from text; names of heatmaps; what goes on stderr. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { InvalidArgumentError } from 'commander';
import {
  parseExtent,
  parseInteger,
  parseNumber,
  parseQuery,
  parseTiles,
  present,
  readEncoder,
  readTiles,
} from '../../lib/cli/arguments.js';
import { checkWritable, duration, errorLine, exitCodeOf } from '../../lib/cli/output.js';
import { OutputNames } from '../../lib/cli/predict-outputs.js';
import { parseGroups, parseIntegers, readVariant } from '../../lib/cli/variant.js';
import { readWeights } from '../../lib/cli/weights.js';
import { DinomalyError, DisposedError, type EncoderName, encoderNames } from '../../lib/index.js';
import { weightsFolder } from '../../lib/weights/cache.js';

// Not the user's own cache, which may hold weights.
const cache = mkdtempSync(path.join(tmpdir(), 'dinomaly-cache-'));
process.env.XDG_CACHE_HOME = cache;
test.after.always(() => rmSync(cache, { recursive: true, force: true }));

const fail = (message: string): never => {
  throw new Error(message);
};

test('numbers, integers and extents are read from text', (t) => {
  t.is(parseNumber('1e-3'), 0.001);
  t.is(parseInteger('-7'), -7);
  t.is(parseExtent('392'), 392);
  t.deepEqual(parseExtent('392x448'), [392, 448]);
  t.deepEqual(parseExtent('392X448'), [392, 448]);
});

test('tiles are a size with its overlap, chosen by the picture, or none', (t) => {
  t.deepEqual(parseTiles('784'), { size: 784 });
  t.deepEqual(parseTiles('784:100'), { size: 784, overlap: 100 });
  t.deepEqual(parseTiles('392x784:0'), { size: [392, 784], overlap: 0 });
  t.is(readTiles(parseTiles('auto')), 'auto');
  t.is(readTiles(parseTiles('none')), null);
  t.is(readTiles(undefined), undefined);
  for (const text of ['', 'large', '784:', '784:1:2', ':100', '784:x']) {
    t.throws(() => parseTiles(text), { instanceOf: InvalidArgumentError }, text);
  }
});

test('text that is not a number is refused', (t) => {
  for (const text of ['', ' ', 'many', '1,5', 'Infinity', '0x']) {
    t.throws(() => parseNumber(text), { instanceOf: InvalidArgumentError }, text);
  }
  t.throws(() => parseInteger('1.5'), { instanceOf: InvalidArgumentError });
  for (const text of ['x', '1x', '1x2x3', 'axb']) {
    t.throws(() => parseExtent(text), { instanceOf: InvalidArgumentError }, text);
  }
});

test('lists, groups and queries are read from text', (t) => {
  t.deepEqual(parseIntegers('2,3,4'), [2, 3, 4]);
  t.deepEqual(parseGroups('0,1/2'), [[0, 1], [2]]);
  t.deepEqual(parseQuery('3,14'), { row: 3, column: 14 });
  for (const text of ['', '1,', 'a', '1;2']) t.throws(() => parseIntegers(text), { instanceOf: InvalidArgumentError });
  for (const text of ['', '/', '0,1/', '0//1']) t.throws(() => parseGroups(text), { instanceOf: InvalidArgumentError });
  for (const text of ['', '1', '1,2,3', '1,x']) t.throws(() => parseQuery(text), { instanceOf: InvalidArgumentError });
});

test('a variant is what was said of it and no more', (t) => {
  t.deepEqual(readVariant({}), {});
  t.deepEqual(readVariant({ dropout: 0, scheme: 'b', neighbourMask: 3, attention: 'softmax' }), {
    bottleneckDropout: 0,
    scheme: 'b',
    neighbourMask: 3,
    attention: 'softmax',
  } as const);
});

test('an encoder is a name or a whole shape', (t) => {
  t.is(readEncoder({}, fail), undefined);
  t.is(readEncoder({ encoder: 'dinov2_vit_small_14' }, fail), 'dinov2_vit_small_14');
  t.like(readEncoder({ dim: 96, depth: 6, heads: 3, patch: 8 }, fail), { dim: 96, depth: 6 });
  t.throws(() => readEncoder({ dim: 96 }, fail), { message: /needs --dim, --depth, --heads and --patch/ });
  t.throws(() => readEncoder({ encoder: 'x', dim: 96 }, fail), {
    message: /--encoder cannot be combined with --family/,
  });
});

test('keys without a value are left out', (t) => {
  t.deepEqual(present({ a: 1, b: undefined, c: null }), { a: 1, c: null });
});

test('heatmaps never take the name of a picture, nor of one another', (t) => {
  const names = new OutputNames('out', '-heatmap', '.png');
  t.is(names.next('a/part.png'), path.join('out', 'part-heatmap.png'));
  t.is(names.next('b/part.jpg'), path.join('out', 'part-heatmap-2.png'));
  t.is(names.next('c/part.png'), path.join('out', 'part-heatmap-3.png'));
});

test('errors are one line with their code, and end with 2 only for wrong arguments', (t) => {
  const failed = new DinomalyError('FILE_READ', 'Cannot read x');
  t.is(errorLine(failed), 'dinomaly: FILE_READ Cannot read x');
  t.is(errorLine(new DisposedError('Model')).split(' ')[1], 'DISPOSED');
  const usage = new RangeError('Expected an integer for options.seed but received -1 of type number');
  t.is(
    errorLine(usage),
    'dinomaly: INVALID_OPTION Expected an integer for --seed but received -1 of type number',
    'the option as it was typed',
  );
  t.is(errorLine('text'), 'dinomaly: text');
  t.deepEqual([failed, usage, new TypeError('x is not a function')].map(exitCodeOf), [1, 2, 1]);
});

test('a result that could not be written is refused before the work', async (t) => {
  const check = (file: string, atomic?: boolean) => checkWritable(file, '--out', atomic);
  await t.throwsAsync(check('/nowhere/at/all/model.safetensors'), { code: 'FILE_WRITE', message: /missing/ });
  await t.throwsAsync(check(__dirname), { code: 'FILE_WRITE', message: /it is a folder/ });
  await t.throwsAsync(check(''), { instanceOf: RangeError, message: /Expected the name of a file for --out/ });
  await t.throwsAsync(check('/dev/null', true), { code: 'FILE_WRITE', message: /no regular file/ });
  await t.notThrowsAsync(check('/dev/null'));
  await t.notThrowsAsync(check(path.join(__dirname, 'new.json'), true));
});

test('a named encoder without weights is a usage error that says how to have them', (t) => {
  for (const name of encoderNames) {
    const message = new RegExp(`${name} needs its weights: --weights FILE.*weights pull ${name} .*--untrained`, 's');
    t.throws(() => readWeights({}, name, fail), { message });
  }
  t.throws(() => readWeights({}, undefined, fail), { message: /dinov2reg_vit_base_14 needs .*dinov2_vitb14_reg4_/s });
});

test('a named encoder without weights takes those that were pulled', (t) => {
  const file = path.join(weightsFolder(), 'dino_vit_small_8.pth');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, 'as pulled');
  t.is(readWeights({}, 'dino_vit_small_8', fail), file);
  t.is(readWeights({ untrained: true }, 'dino_vit_small_8', fail), null);
  rmSync(file);
});

test('an encoder of your own, or one asked for untrained, needs no weights', (t) => {
  const shape = { dim: 96, depth: 6, heads: 3, patch: 8 };
  t.is(readWeights({}, shape, fail), null);
  t.is(readWeights({ untrained: true }, shape, fail), null);
  t.is(readWeights({ untrained: true }, 'dinov2_vit_small_14', fail), null);
  t.is(readWeights({ weights: 'w.pth' }, shape, fail), 'w.pth');
  t.is(readWeights({ weights: 'w.pth' }, undefined, fail), 'w.pth');
  t.throws(() => readWeights({ weights: 'w.pth', untrained: true }, shape, fail), {
    message: /--weights cannot be combined with --untrained/,
  });
  // The library refuses these by name.
  for (const name of ['dinov2_vit_huge_14', 'toString']) t.is(readWeights({}, name as EncoderName, fail), null);
});

test('durations are short', (t) => {
  t.deepEqual([0.4, 59, 90, 3700, Number.POSITIVE_INFINITY].map(duration), ['0s', '59s', '1m30s', '1h1m', '?']);
});
