/**
 * The public API against a plain PyTorch implementation (test/fixtures/generator): files of weights and pictures in; maps,
 * scores, loss, gradient norm and saved weights out.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  type Calibration,
  Model,
  openDataset,
  Trainer,
  type TrainerOptions,
  type TrainProgress,
} from '../../lib/index.js';
import { assertClose, type Numbers, scalar, type Tolerance } from '../helpers/close.js';
import { temporaryFolder } from '../helpers/drawn-set.js';

const FIXTURES = path.join(__dirname, '../fixtures/api');
const PICTURES = path.join(FIXTURES, 'pictures');

/** Published tolerances of a right implementation in fp32. */
const FORWARD: Tolerance = { relative: 1e-5 };
const GRADIENT: Tolerance = { relative: 1e-4 };
const WEIGHT: Tolerance = { relative: 1e-4, floor: 1e-5 };
/** Numbers of a formula in double. */
const EXACT: Tolerance = { relative: 1e-12 };

/** Prefix of a trained tensor after the last step, in expected.safetensors. */
const FINAL = 'final.';

/** The fixtures keep every third row and column of a map, both borders included. */
const THINNING = 3;

/** Scores by the path of the picture; the map of the last one is in expected.safetensors. */
type Scores = Readonly<Record<string, number>>;

interface Case {
  readonly start: string;
  readonly options: Omit<TrainerOptions, 'weights' | 'initial'>;
  readonly steps: readonly Pick<TrainProgress, 'step' | 'loss' | 'gradNorm' | 'learningRate' | 'easyFraction'>[];
  /** Colour scale after the last step. */
  readonly calibration: Pick<Calibration, 'low' | 'high'>;
  readonly scores: { readonly before: Scores; readonly after: Scores };
}

const { folder, remove } = temporaryFolder();
test.after.always(remove);

async function readTensors(file: string): Promise<Map<string, Numbers>> {
  return (await import('../../scripts/preprocess-parity.mjs')).readTensors(file);
}

function readCase(name: string): Case & { readonly weights: string; readonly expected: string } {
  const own: Case = JSON.parse(readFileSync(path.join(FIXTURES, name, 'case.json'), 'utf8'));
  const expected = path.join(FIXTURES, name, 'expected.safetensors');
  return { ...own, weights: path.join(FIXTURES, name, own.start), expected };
}

function createTrainer({ options, weights }: ReturnType<typeof readCase>): Promise<Trainer> {
  return Trainer.create({ ...options, weights, initial: weights, device: 'cpu' });
}

function thinned(map: Float32Array, height: number, width: number): Numbers {
  const kept = map.filter((_, i) => Math.floor(i / width) % THINNING === 0 && (i % width) % THINNING === 0);
  return { shape: [height, width].map((side) => Math.ceil(side / THINNING)), data: kept };
}

function found<T>(map: Map<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`${key} is missing`);
  return value;
}

/** The largest relative errors of a test, as its log shows them. */
function logErrors(t: ExecutionContext, errors: Readonly<Record<string, readonly number[]>>): void {
  const largest = Object.entries(errors).map(([what, all]) => `${what} ${Math.max(...all).toExponential(1)}`);
  t.log(`largest relative error: ${largest.join(', ')}`);
}

/** Scores all pictures at once, so that they share passes; compares the scores and the map of the last. */
async function assertScores(t: ExecutionContext, model: Model, scores: Scores, map: Numbers): Promise<void> {
  const work = Object.entries(scores).map(async ([name, expected]) => {
    const result = await model.score(path.join(PICTURES, name));
    const error = assertClose(t, `score of ${name}`, scalar(result.score), scalar(expected), FORWARD);
    t.deepEqual([result.map.length, result.height, result.width], [65536, 256, 256]);
    t.false(result.map.some(Number.isNaN));
    return { error, map: thinned(result.map, result.height, result.width) };
  });
  const results = await Promise.all(work);
  const last = results.at(-1)?.map ?? scalar(Number.NaN);
  logErrors(t, { score: results.map(({ error }) => error), map: [assertClose(t, 'map', last, map, FORWARD)] });
}

function assertSteps(t: ExecutionContext, told: readonly TrainProgress[], steps: Case['steps']): void {
  t.deepEqual(
    told.map(({ step, skipped }) => [step, skipped]),
    steps.map(({ step }) => [step, false]),
  );
  const compare = (key: keyof (typeof steps)[number], tolerance: Tolerance): number[] =>
    steps.map((step, i) =>
      assertClose(t, `${key} of step ${i}`, scalar(told[i]?.[key] ?? Number.NaN), scalar(step[key]), tolerance),
    );
  compare('learningRate', EXACT);
  compare('easyFraction', EXACT);
  logErrors(t, { loss: compare('loss', FORWARD), 'gradient norm': compare('gradNorm', GRADIENT) });
}

/** Compares what was trained: the tensors `final.*` of the fixture, and no other. */
function assertWeights(t: ExecutionContext, saved: Map<string, Numbers>, expected: Map<string, Numbers>): void {
  const names = [...expected.keys()].flatMap((key) => (key.startsWith(FINAL) ? [key.slice(FINAL.length)] : []));
  t.deepEqual([...saved.keys()].filter((key) => !key.startsWith('encoder.')).sort(), names.sort());
  const compare = (name: string): number =>
    assertClose(t, name, found(saved, name), found(expected, FINAL + name), WEIGHT);
  logErrors(t, { weights: names.map(compare) });
}

test('a whole checkpoint and a picture give the map and the score of the reference', async (t) => {
  const own = readCase('square');
  const { encoder, attention, size, crop, scoreRatio } = own.options;
  await using model = await Model.load(own.weights, { encoder, attention, size, crop, scoreRatio, device: 'cpu' });
  await assertScores(t, model, own.scores.before, found(await readTensors(own.expected), 'before.map'));
});

for (const name of ['square', 'wide']) {
  test(`weights that a trainer is given score as in the reference, from the file that it saves (${name})`, async (t) => {
    const own = readCase(name);
    const file = path.join(folder, `${name}-before.safetensors`);
    await using trainer = await createTrainer(own);
    await trainer.save(file);
    await using model = await Model.load(file, { device: 'cpu' });
    await assertScores(t, model, own.scores.before, found(await readTensors(own.expected), 'before.map'));
  });

  test(`training takes the steps of the reference and saves its weights (${name})`, async (t) => {
    const own = readCase(name);
    const expected = await readTensors(own.expected);
    const file = path.join(folder, `${name}-after.safetensors`);
    const told: TrainProgress[] = [];
    await using trainer = await createTrainer(own);
    const dataset = await openDataset(PICTURES);
    const run = { iterations: own.steps.length, batchSize: dataset.train.length };
    await trainer.train(dataset, { ...run, onProgress: (progress) => void told.push(progress) });
    await trainer.save(file);
    assertSteps(t, told, own.steps);
    assertWeights(t, await readTensors(file), expected);
    await using model = await Model.load(file, { device: 'cpu' });
    await assertScores(t, model, own.scores.after, found(expected, 'after.map'));
    for (const end of ['low', 'high'] as const) {
      const measured = scalar(model.calibration?.[end] ?? Number.NaN);
      assertClose(t, `calibration ${end}`, measured, scalar(own.calibration[end]), FORWARD);
    }
  });
}

test('training leaves every tensor of the encoder as it was given', async (t) => {
  const own = readCase('wide');
  const file = path.join(folder, 'frozen.safetensors');
  await using trainer = await createTrainer(own);
  await trainer.train(await openDataset(PICTURES), { iterations: 3, batchSize: 5 });
  await trainer.save(file);
  const [given, saved] = [await readTensors(own.weights), await readTensors(file)];
  t.deepEqual([...saved.keys()].sort(), [...given.keys()].sort());
  for (const [key, tensor] of given) {
    if (key.startsWith('encoder.')) t.deepEqual(saved.get(key), tensor, key);
  }
});
