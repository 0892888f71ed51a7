/** Bad pictures without masks: trained beside, evaluated and reported; only what needs masks goes without. */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {
  type ClassMetrics,
  type Dataset,
  type Evaluation,
  Evaluator,
  formatTable,
  type Model,
  openDataset,
  ReportGallery,
  type Sample,
  writeReport,
} from '../../lib/index.js';
import { temporaryFolder, trainedTrainer, writeDataset, writeDisc } from '../helpers/drawn-set.js';

const { folder, remove } = temporaryFolder();
let model: Model;
let whole: Dataset;
test.before(async () => {
  whole = await openDataset(await writeDataset(path.join(folder, 'data'), ['disc']));
  await using trainer = await trainedTrainer(whole);
  model = await trainer.model();
});
test.after.always(async () => {
  await model.dispose();
  remove();
});

/** The set with the masks of some of its pictures forgotten. */
function forget(which: (sample: Sample) => boolean): Dataset {
  const bare = ({ mask, ...sample }: Sample): Sample =>
    which(sample) || mask === undefined ? sample : { ...sample, mask };
  return { ...whole, test: whole.test.map(bare) };
}

function evaluate(dataset: Dataset, metricsMemory?: number): Promise<Evaluation> {
  return new Evaluator({ metricsMemory }).evaluate(model, dataset, { curves: true });
}

function only({ classes }: Evaluation): ClassMetrics {
  const [row] = classes;
  if (row === undefined) throw new Error('no class');
  return row;
}

const IMAGE = ['imageAuroc', 'imageAp', 'imageF1Max', 'imageF1Threshold'] as const;
const PIXEL = [
  'pixelAuroc',
  'pixelAp',
  'pixelF1Max',
  'aupro',
  'auproExact',
  'aupro05',
  'proAtFpr05',
  'segF1',
  'pixelF1Threshold',
] as const;

test('without any mask the metrics of pictures are as with masks, and those of pixels are null with the reason', async (t) => {
  const reference = only(await evaluate(whole));
  for (const memory of [undefined, 0]) {
    const evaluation = await evaluate(
      forget(() => true),
      memory,
    );
    const row = only(evaluation);
    t.deepEqual([row.images, row.anomalous, row.unmasked], [5, 3, 3]);
    for (const metric of IMAGE) t.is(row[metric], reference[metric], metric);
    for (const metric of PIXEL) {
      t.is(row[metric], null, metric);
      t.is(row.undefinedBecause[metric], 'no masks of the anomalous pictures', metric);
    }
    t.is(evaluation.curves?.disc?.pixelRoc, null);
    t.truthy(evaluation.curves?.disc?.imageRoc);
    t.regex(formatTable(evaluation), /undefined \(disc: no masks of the anomalous pictures\)/);
  }
});

test('where some masks are missing, pixels are those of the other pictures, pictures are all, and the table says so', async (t) => {
  // The same picture as a normal one: with it the metrics of pictures are others than without.
  const normal = whole.test.find(({ label }) => label === 0);
  const hidden = { ...normal, label: 1, defect: 'hidden' } as Sample;
  const mask = whole.test.find(({ label }) => label === 1)?.mask ?? '';
  const reference = only(await evaluate({ ...whole, test: [...whole.test, { ...hidden, mask }] }));
  for (const memory of [undefined, 0]) {
    const evaluation = await evaluate({ ...whole, test: [...whole.test, hidden] }, memory);
    const row = only(evaluation);
    t.deepEqual([row.images, row.anomalous, row.unmasked], [6, 4, 1]);
    const others = only(await evaluate(whole, memory));
    for (const metric of IMAGE) {
      t.is(row[metric], reference[metric], metric);
    }
    t.not(row.imageAuroc, others.imageAuroc);
    for (const metric of PIXEL) t.is(row[metric], others[metric], metric);
    t.deepEqual(row.undefinedBecause, { segF1: 'no pixel threshold' });
    t.regex(
      formatTable(evaluation),
      /disc: 1 of 4 anomalous pictures have no mask, and the pixel metrics leave them out/,
    );
  }
});

test('a set of folders without masks trains, evaluates and reports, and its galleries have no column of masks', async (t) => {
  const root = path.join(folder, 'photos');
  for (let i = 0; i < 8; i++) await writeDisc(path.join(root, `good/${i}.png`), i);
  for (let i = 0; i < 3; i++) await writeDisc(path.join(root, `bad/${i}.png`), 40 + i, true);
  const dataset = await openDataset(root);
  await using trainer = await trainedTrainer(dataset, 2);
  await using own = await trainer.model();
  const page = async (set: Dataset, name: string, by: Model): Promise<string> => {
    const gallery = new ReportGallery(set);
    const evaluation = await new Evaluator().evaluate(by, set, { curves: true, onPicture: gallery.onPicture });
    const files = await writeReport(path.join(folder, name), { evaluation, gallery });
    const text = readFileSync(files.page, 'utf8');
    rmSync(path.join(folder, name), { recursive: true });
    return text;
  };
  t.regex(await page(whole, 'masked', model), /<span>Mask<\/span>/);
  const text = await page(dataset, 'bare', own);
  t.notRegex(text, /<span>Mask<\/span>/);
  t.regex(text, /no masks of the anomalous pictures/);
  t.regex(text, /<span>Heatmap<\/span>/);
});
