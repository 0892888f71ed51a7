/** What every native promise becomes on its way to the caller. */
import test from 'ava';
import { call } from '../../lib/binding/call.js';
import { DinomalyError, DisposedError } from '../../lib/errors.js';

function nativeError(code: string | undefined, message: string): Error {
  const error = new Error(message);
  return code === undefined ? error : Object.assign(error, { code });
}

function scoreOfTheCaller(error: Error): Promise<void> {
  return call(() => Promise.reject(error));
}

test('a native error becomes a typed one, with the caller on its stack and the native one as its cause', async (t) => {
  const native = nativeError('WEIGHTS_FORMAT', 'model.safetensors: header of 9 bytes');
  const error = await t.throwsAsync(scoreOfTheCaller(native), { instanceOf: DinomalyError, code: 'WEIGHTS_FORMAT' });
  t.is(error?.message, native.message);
  t.is(error?.cause, native);
  t.regex(error?.stack ?? '', /^DinomalyError \[WEIGHTS_FORMAT\]: model\.safetensors.*\n\s+at scoreOfTheCaller/);
});

test('a use after dispose names the class', async (t) => {
  const failing = call(() => Promise.reject(nativeError('DISPOSED', 'gone')), { owner: 'Model' });
  const error = await t.throwsAsync(failing, { instanceOf: DisposedError, code: 'DISPOSED' });
  t.regex(error?.message ?? '', /Model/);
});

test('an error without a code is an internal one, and a synchronous throw rejects', async (t) => {
  const failing = call(() => {
    throw nativeError(undefined, 'shape');
  });
  await t.throwsAsync(failing, { instanceOf: DinomalyError, code: 'INTERNAL', message: 'shape' });
});

test('a code that is not in the table of codes, as Node has some, is an internal error', async (t) => {
  for (const code of ['ERR_INVALID_ARG_TYPE', 'toString', '']) {
    const failing = call(() => Promise.reject(nativeError(code, 'argument')));
    await t.throwsAsync(failing, { instanceOf: DinomalyError, code: 'INTERNAL', message: 'argument' });
  }
});

test('an aborted signal rejects with its reason before anything starts', async (t) => {
  const reason = new Error('enough');
  let started = false;
  const work = call(
    () => {
      started = true;
      return Promise.resolve(1);
    },
    { signal: AbortSignal.abort(reason) },
  );
  t.is(await t.throwsAsync(work), reason);
  t.false(started);
});

test('an abort stops the job, waits for it to leave, and rejects with the reason', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  let leave = (_: Error): void => {};
  let settled = false;
  const work = call(
    (stop) => {
      t.is(typeof stop?.stop, 'function');
      return new Promise<never>((_, reject) => {
        leave = reject;
      });
    },
    { signal: controller.signal },
  );
  const done = t.throwsAsync(work).finally(() => {
    settled = true;
  });
  controller.abort(reason);
  await new Promise(setImmediate);
  t.false(settled);
  leave(nativeError('ABORTED', 'The operation was aborted'));
  t.is(await done, reason);
});

test('a result that comes after the abort is discarded', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const discarded: number[] = [];
  const start = async (): Promise<number> => {
    controller.abort(reason);
    return 7;
  };
  const work = call(start, { signal: controller.signal, discard: (late) => void discarded.push(late) });
  t.is(await t.throwsAsync(work), reason);
  t.deepEqual(discarded, [7]);
  t.is(await call(async () => 8, { discard: (late) => void discarded.push(late) }), 8);
  t.deepEqual(discarded, [7]);
});
