/** The public API. */

// First: in a bundle, sharp would fail before it, with a message about sharp.
import './package.js';

export type { AttentionMap, AttentionOptions } from './attention.js';
export type { FoundClass } from './classes/types.js';
export { type Costs, countCosts } from './costs.js';
export { type DatasetOptions, datasetFormats, openDataset, type SplitOptions, verifyImages } from './datasets/index.js';
export { inspectDataset } from './datasets/inspect.js';
export type {
  ClassInspection,
  DatasetRemark,
  Inspection,
  InspectOptions,
  InspectProgress,
  SizeCount,
  SplitCounts,
} from './datasets/inspection.js';
export type {
  Dataset,
  DatasetFault,
  DatasetFaultCode,
  DatasetFormat,
  MadeSplit,
  Sample,
  Split,
} from './datasets/types.js';
export type { VerifyOptions } from './datasets/verify.js';
export type { DiagnosticsEvents } from './diagnostics-events.js';
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
  type DoubtfulMasks,
  type EvaluateProgress,
  type Evaluation,
  EXACT_METRICS,
  type ExactMetric,
  type LeftOutPicture,
  type MaskConvention,
  type MaskDoubt,
  METRICS,
  type MeasuredMetrics,
  type Metric,
  type Metrics,
  type PictureResult,
  type SegmentationMetric,
  type UndefinedReason,
} from './evaluation/types.js';
export { type EvaluateOptions, Evaluator, type EvaluatorOptions } from './evaluator.js';
export type { FeatureMap, Features, FeaturesOptions, LayerFeatures } from './features.js';
export type { DecodeOptions } from './image/decoding.js';
export type { ImageInput, RawImage } from './image/input.js';
export type { Orientation } from './image/orientation.js';
export type { PictureSize } from './image/size.js';
export type { Thumbnail } from './image/thumbnail.js';
export { type MapLayout, type MapWriter, type MapWriterOptions, mapWriter } from './maps/benchmark.js';
export {
  type EncodeOptions,
  encodeMap,
  type LevelScale,
  type MapFormat,
  type SaveMapOptions,
  saveMap,
} from './maps/encode.js';
export { type PlaceOptions, placeMap } from './maps/place.js';
export { findRegions, type RegionOptions } from './maps/regions.js';
export type {
  AnomalyMap,
  MapModel,
  MultiPolygon,
  PlacedMap,
  Rectangle,
  Region,
  Regions,
} from './maps/types.js';
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
export { Model } from './model.js';
export type { ModelInfo } from './model-parts.js';
export type { Device } from './options/device.js';
export { encoderNames } from './options/encoders.js';
export type { LoadOptions } from './options/load.js';
export type { Precision, PrecisionOption, PrecisionOptions } from './options/precision.js';
export type { QueueOptions } from './options/queue.js';
export type { DescribedNetwork, NetworkOptions } from './options/trainer.js';
export type {
  Attention,
  Calibration,
  ColourEnds,
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
  SchemeLetter,
  Tiles,
  TilesOption,
  TrainerOptions,
  TrainingSummary,
} from './options/types.js';
export { OverloadedError } from './queue/overloaded.js';
export type { ModelStats, Percentiles, RecentScores } from './queue/stats.js';
export {
  type AttentionModel,
  type AttentionQuery,
  type RenderAttentionOptions,
  renderAttention,
} from './report/attention.js';
export type { HeatmapScale } from './report/colour-scale.js';
export { type HeatmapOptions, renderHeatmap } from './report/heatmap.js';
export {
  type ClassGalleries,
  type GalleryEntry,
  type GalleryModel,
  ReportGallery,
  type ReportGalleryOptions,
} from './report/html/gallery.js';
export { type ReportFiles, type ReportOptions, writeReport } from './report/html/index.js';
export type { Shots } from './report/html/shots.js';
export type { JudgedMap } from './report/judged.js';
export {
  type DatasetProvenance,
  type DescribedModel,
  describeModel,
  describeProvenance,
  type ModelProvenance,
  type Provenance,
  type ProvenanceOptions,
  type ThresholdsProvenance,
} from './report/provenance.js';
export { formatTable } from './report/table.js';
export { formatThresholds } from './report/thresholds.js';
export type {
  RawScore,
  ScoreManyOptions,
  ScoreOptions,
  ScoreResult,
  ScoreTiming,
  StreamResult,
  VerdictWord,
} from './scoring.js';
export type { CalibrateF1Options, CalibrateOptions } from './thresholds/calibrate.js';
export type { CalibrationSample } from './thresholds/samples.js';
export { ShiftMonitor, type ShiftMonitorOptions, type ShiftState } from './thresholds/shift.js';
export type {
  Decision,
  PixelThreshold,
  ScoreDecision,
  Threshold,
  ThresholdMethod,
  ThresholdScoring,
  Thresholds,
} from './thresholds/types.js';
export { Trainer } from './trainer.js';
export type { SaveOptions, TrainerModelOptions, TrainOptions } from './training/options.js';
export type { TrainProgress } from './training/progress.js';
export { cachedWeights } from './weights/cache.js';
export type { FileOptions } from './weights/model-source.js';
export { type PullOptions, type PullProgress, pullWeights } from './weights/pull.js';
