/** Trained weights can be saved whatever has become of the pictures. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Model, openDataset, type Trainer } from '../../lib/index.js';
import { temporaryFolder, trainedTrainer, writeDataset } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
test.after.always(remove);

interface Stopped {
  readonly trainer: Trainer;
  readonly pictures: readonly string[];
  readonly out: string;
}

/** A trainer whose last run was stopped after its second step: its colour scale is still to be measured. */
async function stopped(name: string): Promise<Stopped> {
  const dataset = await openDataset(await writeDataset(path.join(folder, name), ['disc']));
  const trainer = await trainedTrainer(dataset, 1);
  const enough = new Error('enough');
  const onProgress = ({ step }: { step: number }): void => {
    if (step === 1) throw enough;
  };
  await trainer.train(dataset, { iterations: 9, batchSize: 4, onProgress }).catch((error: unknown) => {
    if (error !== enough) throw error;
  });
  const pictures = dataset.train.map((sample) => sample.path);
  return { trainer, pictures, out: path.join(folder, `${name}.safetensors`) };
}

/** The next warning of the process. */
function warning(): Promise<Error & { code?: string }> {
  return new Promise((resolve) => process.once('warning', resolve));
}

test.serial('one training picture that has gone is left out of the colour scale, with a warning', async (t) => {
  const { trainer, pictures, out } = await stopped('one');
  await using _ = trainer;
  rmSync(pictures[2] ?? '');
  const [warned] = await Promise.all([warning(), trainer.save(out)]);
  t.is(warned.code, 'COLOUR_SCALE_PARTIAL');
  t.regex(warned.message, /on 5 pictures only: 1 of the 6 .*2\.png/);
  await using model = await Model.load(out);
  t.is(model.calibration?.images, 5);
  t.is(model.training?.iterations, 2);
});

test.serial('without any training picture the weights are saved without a colour scale, and score', async (t) => {
  const { trainer, pictures, out } = await stopped('all');
  await using _ = trainer;
  await trainer.save(out);
  for (const picture of pictures.slice(1)) rmSync(picture);
  await using before = await Model.load(out);
  const { score } = await before.score(pictures[0] ?? '');
  const { trainer: other, pictures: gone } = await stopped('again');
  await using __ = other;
  for (const picture of gone) rmSync(picture);
  const [warned] = await Promise.all([warning(), other.save(out)]);
  t.is(warned.code, 'COLOUR_SCALE_MISSING');
  t.regex(warned.message, /heatmaps need: 6 of the 6 .* cannot be read: .*0\.png/);
  await using model = await Model.load(out);
  t.is(model.calibration, null);
  t.is((await model.score(pictures[0] ?? '')).score, score);
  await using copy = await other.model();
  t.is(copy.calibration, null);
});

test.serial('a run whose pictures go with its last step ends with its summary, and can be saved', async (t) => {
  const root = await writeDataset(path.join(folder, 'last'), ['disc']);
  const dataset = await openDataset(root);
  await using trainer = await trainedTrainer(dataset, 1);
  const onProgress = ({ step }: { step: number }): void => {
    if (step === 2) rmSync(root, { recursive: true });
  };
  const [warned, summary] = await Promise.all([
    warning(),
    trainer.train(dataset, { iterations: 3, batchSize: 6, onProgress }),
  ]);
  t.is(warned.code, 'COLOUR_SCALE_MISSING');
  t.is(summary.iterations, 3);
  const out = path.join(folder, 'last.safetensors');
  await trainer.save(out);
  await using model = await Model.load(out);
  t.is(model.training?.iterations, 3);
});

test.serial('a save that fails can be repeated at another path', async (t) => {
  const { trainer, out } = await stopped('elsewhere');
  await using _ = trainer;
  await t.throwsAsync(trainer.save(path.join(folder, 'missing/model')), { code: 'FILE_WRITE' });
  await trainer.save(out);
  await using model = await Model.load(out);
  t.not(model.calibration, null);
});

test.serial('an abort while the colour scale is measured leaves the trainer as it was', async (t) => {
  const { trainer, out } = await stopped('abort');
  await using _ = trainer;
  const controller = new AbortController();
  const reason = new Error('not now');
  const saving = trainer.save(out, { signal: controller.signal });
  controller.abort(reason);
  t.is(await t.throwsAsync(saving), reason);
  await trainer.save(out);
  await using model = await Model.load(out);
  t.is(model.calibration?.images, 6);
});

test.serial('{colourScale: false} saves without measuring, and a later save measures', async (t) => {
  const { trainer, out } = await stopped('quick');
  await using _ = trainer;
  await trainer.save(out, { colourScale: false });
  await using quick = await Model.load(out);
  t.is(quick.calibration, null);
  await trainer.save(out);
  await using whole = await Model.load(out);
  t.is(whole.calibration?.images, 6);
});
