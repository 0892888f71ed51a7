/** Every long call of the library takes a signal: aborted before, it does nothing; aborted on the way, it ends. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {
  type Dataset,
  describeModel,
  describeProvenance,
  Evaluator,
  encodeMap,
  findRegions,
  inspectDataset,
  Model,
  mapWriter,
  openDataset,
  placeMap,
  ReportGallery,
  renderAttention,
  renderHeatmap,
  saveMap,
  verifyImages,
  writeReport,
} from '../../lib/index.js';
import { temporaryFolder, writeModel } from '../helpers/drawn-set.js';
import { madeEvaluation } from '../helpers/evaluation.js';

const { folder, remove } = temporaryFolder();
const reason = new Error('enough');
const aborted = AbortSignal.abort(reason);
const out = path.join(folder, 'out');
const evaluation = madeEvaluation([{ name: 'nut', normal: 2, anomalous: 2 }]);
let dataset: Dataset;
let model: Model;
test.before(async () => {
  const made = await writeModel(folder);
  dataset = await openDataset(made.data);
  model = await Model.load(made.model);
});
test.after.always(() => {
  model.dispose();
  remove();
});

const CALLS: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
  openDataset: (signal) => openDataset(dataset.root, { signal }),
  inspectDataset: (signal) => inspectDataset(dataset, { signal }),
  verifyImages: (signal) => verifyImages(dataset.test, { signal }),
  describeModel: (signal) => describeModel(model, { signal }),
  describeProvenance: (signal) => describeProvenance({ models: [], dataset, signal }),
  writeReport: (signal) => writeReport(out, { evaluation, signal }),
  renderHeatmap: async (signal) => renderHeatmap(first(), await model.score(first()), model, { signal }),
  placeMap: async (signal) => placeMap(await model.score(first()), first(), model, { signal }),
  findRegions: async (signal) => findRegions(await model.score(first()), { threshold: 0, signal }),
  encodeMap: async (signal) => encodeMap(await model.score(first()), { format: 'npy', signal }),
  saveMap: async (signal) => saveMap(`${out}.npy`, await model.score(first()), { signal }),
  renderAttention: async (signal) => {
    const [map] = await model.attention(first(), { row: 0, column: 0 });
    return map && renderAttention(first(), map, { row: 0, column: 0 }, model, { signal });
  },
  mapWriter: (signal) => new Evaluator().evaluate(model, dataset, { onPicture: mapWriter(out, { signal }) }),
};

function first(): string {
  return dataset.test[0]?.path ?? '';
}

for (const [name, run] of Object.entries(CALLS)) {
  test.serial(`${name} rejects with the reason of a signal that has aborted, and writes nothing`, async (t) => {
    t.is(await t.throwsAsync(run(aborted)), reason);
    t.false(existsSync(out) || existsSync(`${out}.npy`));
  });
  test.serial(`${name} refuses what is no signal by name`, async (t) => {
    await t.throwsAsync(async () => run('now' as never), {
      instanceOf: TypeError,
      message: /AbortSignal for \w+\.signal/,
    });
  });
}

/** Aborts when it has been asked so often whether it has. */
function abortedAfter(times: number): AbortSignal {
  const controller = new AbortController();
  const ask = controller.signal.throwIfAborted.bind(controller.signal);
  let asked = 0;
  controller.signal.throwIfAborted = () => {
    asked++;
    if (asked > times) controller.abort(reason);
    ask();
  };
  return controller.signal;
}

test.serial('openDataset ends between two folders', async (t) => {
  t.is(await t.throwsAsync(openDataset(dataset.root, { signal: abortedAfter(3) })), reason);
  t.is((await openDataset(dataset.root)).classes.length, 2);
});

test.serial(
  'a report that is stopped between its files leaves those that were there, and nothing beside them',
  async (t) => {
    const there = path.join(folder, 'there');
    await writeReport(there, { evaluation });
    const before = readdirSync(there);
    for (const times of [1, 2, 3, 4, 5]) {
      t.is(await t.throwsAsync(writeReport(there, { evaluation, signal: abortedAfter(times) })), reason, `${times}`);
      t.deepEqual(readdirSync(there), before);
    }
  },
);

test.serial('a gallery that was stopped can be asked for again', async (t) => {
  const gallery = new ReportGallery(dataset);
  const measured = await new Evaluator().evaluate(model, dataset, { onPicture: gallery.onPicture });
  const stopped = writeReport(path.join(folder, 'shown'), { evaluation: measured, gallery, signal: abortedAfter(3) });
  t.is(await t.throwsAsync(stopped), reason);
  t.deepEqual([...(await gallery.finish()).keys()], ['disc', 'ring']);
});
