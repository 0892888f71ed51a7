/** The public API. */

export type { AttentionMap, AttentionOptions } from './attention.js';
export { type Costs, countCosts } from './costs.js';
export { type DatasetOptions, datasetFormats, openDataset, verifyImages } from './datasets/index.js';
export type { Dataset, DatasetFormat, MadeSplit, Sample, Split } from './datasets/types.js';
export type { VerifyOptions } from './datasets/verify.js';
export { type EncoderInfo, listEncoders } from './encoders/list.js';
export type { PublishedWeights } from './encoders/registry.js';
export { DinomalyError, type DinomalyErrorCode, DisposedError } from './errors.js';
export { mergeEvaluations } from './evaluation/mean.js';
export {
  ALL_METRICS,
  type AllMetrics,
  type AnyMetric,
  type ClassCurves,
  type ClassMetrics,
  type Curve,
  type EvaluateProgress,
  type Evaluation,
  EXACT_METRICS,
  type ExactMetric,
  type MaskConvention,
  METRICS,
  type MeasuredMetrics,
  type Metric,
  type Metrics,
  type PictureResult,
  type UndefinedReason,
} from './evaluation/types.js';
export { type EvaluateOptions, Evaluator, type EvaluatorOptions } from './evaluator.js';
export type { ImageInput, RawImage } from './image.js';
export { computeMetrics } from './metrics/compute.js';
export { type MetricsAddOptions, MetricsStream, type MetricsStreamOptions } from './metrics/stream.js';
export type {
  MetricsCounts,
  MetricsInput,
  MetricsOptions,
  MetricsPictures,
  MetricsResult,
  MetricsResultOptions,
} from './metrics/types.js';
export {
  Model,
  type ScoreManyOptions,
  type ScoreOptions,
  type ScoreResult,
  type ScoreTiming,
  type StreamResult,
} from './model.js';
export type { Device } from './options/device.js';
export { encoderNames } from './options/encoders.js';
export type { LoadOptions } from './options/load.js';
export type { DescribedNetwork, NetworkOptions } from './options/trainer.js';
export type {
  Attention,
  Calibration,
  ConstraintScheme,
  DeviceOption,
  EncoderConfig,
  EncoderFamily,
  EncoderName,
  EncoderOptions,
  EncoderSource,
  Extent,
  Geometry,
  GeometryOptions,
  Loss,
  ModelConfig,
  ModelOptions,
  OptimiserOptions,
  Precision,
  SchemeLetter,
  TrainerOptions,
  TrainingSummary,
} from './options/types.js';
export {
  type AttentionModel,
  type AttentionQuery,
  type RenderAttentionOptions,
  renderAttention,
} from './report/attention.js';
export {
  type HeatmapMap,
  type HeatmapModel,
  type HeatmapOptions,
  type HeatmapScale,
  renderHeatmap,
} from './report/heatmap.js';
export { formatTable } from './report/table.js';
export type { Decision, Threshold, ThresholdMethod, Thresholds } from './thresholds/types.js';
export { type SaveOptions, Trainer, type TrainerModelOptions } from './trainer.js';
export type { TrainOptions } from './training/options.js';
export type { TrainProgress } from './training/progress.js';
export { cachedWeights } from './weights/cache.js';
export { type PullOptions, type PullProgress, pullWeights } from './weights/pull.js';
