/** Which arithmetic a model runs in: what is asked for, what the device has, and what is said of it. */
import test from 'ava';
import { checkPrecision, choosePrecision, type PrecisionSupport } from '../../lib/options/precision.js';

const has = (bf16: boolean, int8: boolean) => (): PrecisionSupport => ({ bf16, int8 });
const ALL = has(true, true);
const NONE = has(false, false);

test('nothing asked for is fp32, on every device, which is not even asked', (t) => {
  const asked = checkPrecision(undefined, undefined);
  const never = (): PrecisionSupport => t.fail() as never;
  t.is(choosePrecision(asked, 'cpu', ALL).precision, 'fp32');
  t.is(choosePrecision(asked, 'cuda', NONE).precision, 'fp32');
  t.is(choosePrecision(asked, 'cuda', never).precision, 'fp32');
});

test('what the device has is run, and a finer one in place of what it has not, with the reason', (t) => {
  const choose = (name: string, support: typeof ALL) => choosePrecision(checkPrecision(name, false), 'cpu', support);
  t.is(choose('int8', ALL).precision, 'int8');
  t.deepEqual(choose('bf16', NONE), {
    asked: 'bf16',
    precision: 'fp32',
    reason: 'this processor has no AVX512-BF16',
  });
  t.like(choose('int8', has(true, false)), {
    precision: 'bf16',
    reason: 'this processor has no AVX512-VNNI',
  });
  t.is(choose('int8', has(false, true)).precision, 'int8');
  t.is(choose('int8', NONE).precision, 'fp32');
});

test('auto takes bf16 where there are instructions for it, and never int8', (t) => {
  const asked = checkPrecision('auto', undefined);
  t.is(choosePrecision(asked, 'cpu', ALL).precision, 'bf16');
  t.is(choosePrecision(asked, 'cuda:1', has(true, false)).precision, 'bf16');
  t.deepEqual(choosePrecision(asked, 'cpu', has(false, true)), {
    asked: 'auto',
    precision: 'fp32',
    reason: 'this processor has no AVX512-BF16',
  });
  t.is(choosePrecision(asked, 'cuda', NONE).reason, 'this GPU has no bf16 products');
});

test('int8 on a GPU is bf16, and says why', (t) => {
  const chosen = choosePrecision(checkPrecision('int8', false), 'cuda', has(true, false));
  t.like(chosen, { precision: 'bf16', reason: 'int8 runs on the CPU only' });
});

test('a required precision that the device has not is refused with the remedy, and auto is not', (t) => {
  const error = t.throws(() => choosePrecision(checkPrecision('bf16', true), 'cpu', NONE), {
    code: 'PRECISION_UNAVAILABLE',
  });
  t.is(
    error?.message,
    "options.precision is 'bf16', but this processor has no AVX512-BF16. Take 'auto' or 'fp32', or leave out requirePrecision.",
  );
  t.is(choosePrecision(checkPrecision('auto', true), 'cpu', NONE).precision, 'fp32');
  t.is(choosePrecision(checkPrecision('bf16', true), 'cpu', ALL).precision, 'bf16');
});

test('an unknown precision is refused by name', (t) => {
  t.throws(() => checkPrecision('fp16', false), { instanceOf: RangeError, message: /options\.precision/ });
  t.throws(() => checkPrecision('bf16', 'yes'), { instanceOf: TypeError, message: /options\.requirePrecision/ });
});
