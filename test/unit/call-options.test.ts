/** Options of single calls: of a run of training, and of loading a model. */
import test from 'ava';
import { checkLoadOptions } from '../../lib/options/load.js';
import { checkTrainOptions } from '../../lib/training/options.js';

test('options of a run: kinds, ranges, unknown keys', (t) => {
  t.like(checkTrainOptions(undefined), { iterations: 10_000, batchSize: 16 });
  t.throws(() => checkTrainOptions({ iterations: 0 }), { instanceOf: RangeError, message: /options\.iterations/ });
  t.throws(() => checkTrainOptions({ batchSize: '4' }), { instanceOf: TypeError, message: /options\.batchSize/ });
  t.throws(() => checkTrainOptions({ signal: {} }), { instanceOf: TypeError, message: /options\.signal/ });
  t.throws(() => checkTrainOptions({ onProgress: 1 }), { instanceOf: TypeError, message: /options\.onProgress/ });
  t.throws(() => checkTrainOptions({ iteration: 1 }), { message: /Did you mean iterations\?/ });
});

test('options of loading: kinds, ranges, unknown keys', (t) => {
  t.like(checkLoadOptions(undefined), {
    precision: { asked: 'fp32', required: false },
    decoding: { pixelLimit: 268402689, svg: false },
  });
  t.throws(() => checkLoadOptions({ precision: 'fp16' }), { instanceOf: RangeError, message: /options\.precision/ });
  t.throws(() => checkLoadOptions({ precision: 16 }), { instanceOf: TypeError });
  t.throws(() => checkLoadOptions({ pixelLimit: 0 }), { instanceOf: RangeError });
  t.throws(() => checkLoadOptions({ svg: 1 }), { instanceOf: TypeError, message: /a boolean for options\.svg/ });
  t.throws(() => checkLoadOptions({ presicion: 'bf16' }), { message: /Did you mean precision\?/ });
});
