/** `dinomaly doctor` as a person runs it. */
import path from 'node:path';
import test from 'ava';
import { Trainer } from '../../lib/index.js';
import { dinomaly, start } from '../helpers/command.js';
import { TINY, TINY_SIZE, temporaryFolder, writeDisc } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

test('it tells versions, libtorch, device and speed, and times a model with its pictures', async (t) => {
  const model = path.join(folder, 'model.safetensors');
  await using trainer = await Trainer.create({ encoder: TINY, ...TINY_SIZE, weights: null, device: 'cpu' });
  await trainer.save(model);
  const picture = path.join(folder, 'part.png');
  await writeDisc(picture, 3, false);
  const { status, stdout, stderr } = dinomaly(['doctor', model, picture, '--json', '--device', 'cpu']);
  t.is(status, 0, stderr);
  const told = JSON.parse(stdout);
  t.deepEqual(Object.keys(told.versions), ['dinomaly', 'node', 'glibc', 'sharp', 'libvips']);
  t.true(told.engine.fp32.products > 1e6 && told.engine.bf16.products > 1e6);
  t.true(told.engine.fp32.threads >= 1);
  t.regex(told.engine.addon, /loader\.node$/);
  t.is(told.model.file, model);
  t.true(told.model.computeMs > 0 && told.model.decodeMs > 0 && told.model.otherMs > 0);
  t.true(Array.isArray(told.findings));
});

test('an engine that cannot run is a fault with its remedy, and the exit code 1', async (t) => {
  const { ended, text } = start(['doctor'], {
    env: { ...process.env, DINOMALY_LIBTORCH: path.join(folder, 'nowhere') },
  });
  t.is((await ended).status, 1);
  const { stdout } = text;
  t.regex(stdout, /^versions +dinomaly /m);
  t.regex(stdout, /^FAULT LIBTORCH_MISSING .*needed/m);
  t.regex(stdout, /unset DINOMALY_LIBTORCH/);
});
