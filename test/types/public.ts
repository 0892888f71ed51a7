/**
 * The public types, used as a user would. Never run: `npm run check:types` compiles it, and each line that must not compile
 * carries @ts-expect-error, which fails when it does.
 */
import sharp from 'sharp';
import type { LAYOUTS } from '../../lib/datasets/layouts.js';
import {
  ALL_METRICS,
  type AnyMetric,
  type AttentionMap,
  type ClassMetrics,
  type ConstraintScheme,
  type Costs,
  cachedWeights,
  computeMetrics,
  countCosts,
  type Dataset,
  type DatasetFormat,
  DinomalyError,
  type DinomalyErrorCode,
  DisposedError,
  datasetFormats,
  type EncoderInfo,
  type EncoderName,
  type Evaluation,
  Evaluator,
  EXACT_METRICS,
  encodeMap,
  encoderNames,
  findRegions,
  formatTable,
  formatThresholds,
  type ImageInput,
  type Inspection,
  inspectDataset,
  listEncoders,
  METRICS,
  type MetricsResult,
  MetricsStream,
  Model,
  type ModelStats,
  mapWriter,
  mergeEvaluations,
  OverloadedError,
  openDataset,
  type PictureSize,
  type PlacedMap,
  placeMap,
  pullWeights,
  renderAttention,
  renderHeatmap,
  type ScoreResult,
  ShiftMonitor,
  type ShiftState,
  type StreamResult,
  saveMap,
  type Thresholds,
  Trainer,
  type TrainerOptions,
  type TrainingSummary,
  type TrainProgress,
  verifyImages,
} from '../../lib/index.js';

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<_ extends true>(): void {}

export async function trains(signal: AbortSignal): Promise<void> {
  const dataset = await openDataset('root', { format: 'mvtec', classes: ['bottle'] });
  same<Same<typeof dataset, Dataset>>();
  await using trainer = await Trainer.create({ encoder: 'dinov2reg_vit_small_14', weights: 'encoder.pth' });
  const summary = await trainer.train(dataset, {
    iterations: 10,
    batchSize: 4,
    signal,
    onProgress: async ({ step, loss }: TrainProgress) => void [step, loss],
  });
  same<Same<typeof summary, TrainingSummary>>();
  await trainer.save(new URL('file:///model.safetensors'), { signal });
  await trainer.model({ precision: 'bf16' });
  // Options that may be there or not need no conditional spread.
  const options: TrainerOptions = { weights: null, size: [448, 896], seed: undefined };
  await Trainer.create({ ...options, encoder: { dim: 96, depth: 12, heads: 3, patch: 8 }, signal });

  const scheme: ConstraintScheme = 'layer-to-cat-layer';
  await Trainer.create({ ...options, scheme, attention: 'efficient', loss: 'global-cosine' });
  await Trainer.create({ ...options, scheme: 'b', attention: 'softmax', neighbourMask: 7, bottleneckDropout: 0 });

  // @ts-expect-error no such scheme
  await Trainer.create({ weights: null, scheme: 'three-groups' });
  // @ts-expect-error no such loss
  await Trainer.create({ weights: null, loss: 'cosine' });
  // @ts-expect-error a window is one number, the side of a square
  await Trainer.create({ weights: null, attention: 'softmax', neighbourMask: [3, 3] });
  // @ts-expect-error the weights are no default: a file or null
  await Trainer.create({ encoder: 'dinov2_vit_small_14' });
  // @ts-expect-error no such encoder
  await Trainer.create({ encoder: 'dinov2_vit_huge_14', weights: null });
  // @ts-expect-error a shape needs its patch
  await Trainer.create({ encoder: { dim: 96, depth: 12, heads: 3 }, weights: null });
  // @ts-expect-error no such option
  await Trainer.create({ weights: null, learningrate: 1 });
  // @ts-expect-error three sides
  await Trainer.create({ weights: null, size: [1, 2, 3] });
  // @ts-expect-error a signal, not its controller
  await Trainer.create({ weights: null, signal: new AbortController() });
  // @ts-expect-error no such device
  await Trainer.create({ weights: null, device: 'gpu' });
  // @ts-expect-error a dataset is an object, not its path
  await trainer.train('root');
  // @ts-expect-error trainers come from Trainer.create
  new Trainer();
  // @ts-expect-error state is read only
  dataset.classes.push('other');
}

/** A layout, and the name that it is asked for by, are listed in two places. */
same<Same<DatasetFormat, (typeof LAYOUTS)[number]['format']>>();

export async function opens(dataset: Dataset, signal: AbortSignal): Promise<void> {
  await openDataset('root', { format: undefined, views: ['C1'], split: { seed: 1, train: 0.5 }, faults: 'list' });
  same<Same<Awaited<ReturnType<typeof inspectDataset>>, Inspection>>();
  await inspectDataset(dataset, { signal, onProgress: async ({ done, total }) => void [done, total] });
  // @ts-expect-error the rest is tested on: it has no share of its own
  await openDataset('root', { split: { test: 0.5 } });
  // @ts-expect-error no such layout
  await openDataset('root', { format: 'coco' });
}

export async function scores(model: Model, folder: AsyncIterable<string>): Promise<void> {
  const result = await model.score('picture.png');
  same<Same<typeof result, ScoreResult>>();
  same<Same<typeof result.map, Float32Array>>();
  same<Same<typeof result.score, number>>();
  same<Same<typeof result.isAnomalous, boolean | null>>();
  await model.score('picture.png', { className: 'bottle', threshold: 0.5 });
  model.scoreMany(folder, { className: (image) => image.slice(0, 3), threshold: (_, index) => index });
  await model.score(Buffer.alloc(0));
  await model.score(new URL('file:///picture.png'));
  // What sharp gives fits as it is.
  await model.score(await sharp('picture.png').removeAlpha().raw().toBuffer({ resolveWithObject: true }));
  for await (const one of model.scoreMany(folder, { lookAhead: 4 })) {
    same<Same<typeof one, StreamResult<string>>>();
    const path: string = one.image;
    void path;
  }
  const mixed: ImageInput[] = ['a.png', Buffer.alloc(0)];
  for await (const { image } of model.scoreMany(mixed)) {
    // @ts-expect-error not every picture of a mixed list is a path
    const path: string = image;
    void path;
  }
  const onError = (error: unknown, image: string, index: number): void => void [error, image, index];
  model.scoreMany(['a.png'], { onError });
  await renderHeatmap('picture.png', result, model, { opacity: 0.5 });

  // @ts-expect-error no such precision
  await Model.load('model', { precision: 'fp16' });
  // @ts-expect-error a number is no picture
  await model.score(7);
  // @ts-expect-error raw data need their info
  await model.score({ data: Buffer.alloc(3) });
  // @ts-expect-error raw data have 8 bits a channel
  await model.score({ data: new Uint16Array(3), info: { width: 1, height: 1, channels: 3 } });
  // @ts-expect-error pictures in a stream are pictures
  model.scoreMany([1, 2]);
  // @ts-expect-error nothing native is public
  void model.native;
  // @ts-expect-error read only
  model.geometry.scoreRatio = 0;
  // @ts-expect-error models come from Model.load and trainer.model
  new Model({});
}

export async function looks(model: Model): Promise<void> {
  const maps = await model.attention('picture.png', { row: 1, column: 2, layer: undefined });
  same<Same<typeof maps, AttentionMap[]>>();
  for (const map of maps) await renderAttention('picture.png', map, { row: 1, column: 2 }, model);
  const costs = await countCosts(model);
  same<Same<typeof costs, Costs>>();
  await countCosts({ encoder: 'dinov2reg_vit_large_14', crop: 280 });

  // @ts-expect-error the query patch has a row and a column
  await model.attention('picture.png', { row: 1 });
  // @ts-expect-error weights cost nothing
  await countCosts({ weights: null });
}

export async function maps(model: Model, dataset: Dataset): Promise<void> {
  const result = await model.score('picture.png');
  const placed: PlacedMap = await placeMap(result, 'picture.png', model);
  const { regions } = await findRegions(placed, { threshold: 0.2 });
  await renderHeatmap('picture.png', result, model, { regions, legend: true, scale: { low: 0, threshold: 1 } });
  await saveMap('map.tiff', placed);
  await new Evaluator().evaluate(model, dataset, { onPicture: mapWriter('maps') });
  // @ts-expect-error a format is named
  await encodeMap(placed, {});
}

export async function evaluates(model: Model, dataset: Dataset): Promise<string> {
  const evaluation = await new Evaluator({ maskConvention: 'half' }).evaluate(model, dataset, {
    onProgress: ({ done, total }) => void (done / total),
  });
  same<Same<typeof evaluation, Evaluation>>();
  const thresholds = await new Evaluator().calibrate(model, dataset.validation, {
    falseRejectRate: 0.01,
    confidenceLevel: 0.99,
    onProgress: ({ done }) => void done,
  });
  same<Same<typeof thresholds, Thresholds>>();
  await new Evaluator().calibrateF1(model, [{ path: 'a.png', className: 'a', label: 1, split: 'test' }]);
  same<Same<typeof model.thresholds, Thresholds | null>>();
  model.thresholds = null;
  await model.save(new URL('file:///model.safetensors'), { signal: undefined });
  const hash: string | null = await model.weightsHash();
  const monitor = new ShiftMonitor(thresholds, { className: 'bottle', window: 100, alpha: 1e-4 });
  const { alarm, pValue, statistic, count }: ShiftState = monitor.add(0.5);
  void [hash, alarm, pValue, statistic, count, formatThresholds(thresholds)];
  // @ts-expect-error F1 asks for no rate
  await new Evaluator().calibrateF1(model, dataset.test, { falseRejectRate: 0.01 });
  // @ts-expect-error thresholds are read only: set others
  thresholds.image.value = 1;
  // @ts-expect-error thresholds go with the model
  await model.save('model.safetensors', { thresholds });
  const merged = mergeEvaluations([evaluation]);
  same<Same<typeof merged, Evaluation>>();
  const [row] = evaluation.classes;
  same<Same<typeof row, ClassMetrics | undefined>>();
  // @ts-expect-error a metric may be undefined for the data: null
  const auroc: number = evaluation.mean.imageAuroc;
  void auroc;
  // @ts-expect-error no such convention
  new Evaluator({ maskConvention: 'all' });
  const counting: 'exact' | 'streaming' | undefined = row?.counting;
  void counting;
  return formatTable(evaluation);
}

export async function measures(maps: Float32Array, masks: Uint8Array[]): Promise<number | null> {
  const result = await computeMetrics({ maps, masks, height: 8, width: 8 }, { curves: 100 });
  same<Same<typeof result, MetricsResult>>();
  // @ts-expect-error maps are float32
  await computeMetrics({ maps: new Float64Array(64), masks, height: 8, width: 8 });
  await using stream = new MetricsStream({ height: 8, width: 8 });
  await stream.add({ maps, masks, scores: null });
  // @ts-expect-error the size is the stream's
  await stream.add({ maps, masks, height: 8 });
  return (await stream.finish({ curves: true })).auproExact;
}

export async function serves(model: Model, bytes: Uint8Array): Promise<number> {
  await Model.load('m.safetensors', { maxQueued: Number.POSITIVE_INFINITY, maxBatch: 8, maxDelayMs: 2.5 });
  await model.score(bytes, { deadlineMs: 500, signal: AbortSignal.timeout(1000) });
  // @ts-expect-error milliseconds, not a date
  await model.score(bytes, { deadlineMs: new Date() });
  const stats: ModelStats = model.stats();
  // @ts-expect-error nothing may have been scored yet
  return stats.recent.totalMs.p99;
}

export function tells(error: unknown): DinomalyErrorCode | undefined {
  if (error instanceof OverloadedError) {
    const milliseconds: number = error.retryAfterMs;
    void milliseconds;
  }
  if (error instanceof DisposedError) {
    return error.code;
  }
  if (error instanceof DinomalyError) {
    // @ts-expect-error no such code
    if (error.code === 'FILE_MISSING') return undefined;
    return error.code;
  }
  return undefined;
}

export async function lists(dataset: Dataset): Promise<void> {
  const formats: readonly DatasetFormat[] = datasetFormats;
  const names: readonly EncoderName[] = encoderNames;
  const metrics: readonly AnyMetric[] = [...METRICS, ...EXACT_METRICS, ...ALL_METRICS];
  const encoders: readonly EncoderInfo[] = listEncoders();
  const sizes: readonly PictureSize[] = await verifyImages(dataset.train);
  const found: string | undefined = cachedWeights('dinov2_vit_small_14');
  const path: string = await pullWeights('dinov2_vit_small_14', { onProgress: ({ phase }) => void phase });
  void [formats, names, metrics, encoders, sizes, found, path];
}
