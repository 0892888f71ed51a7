/** Evaluations made by hand for reports: seeded scores, metrics that need not follow from them. */
import { meanOf } from '../../lib/evaluation/mean.js';
import type { ClassCurves, ClassMetrics, Curve, Evaluation, PictureResult } from '../../lib/evaluation/types.js';
import type { ModelProvenance, Provenance, ThresholdsProvenance } from '../../lib/index.js';
import { f1Threshold } from '../../lib/thresholds/choose.js';
import { CONVENTIONS, measured } from './measured.js';

/** A class to make. */
export interface MadeClass {
  readonly name: string;
  readonly normal: number;
  readonly anomalous: number;
  /** How far the scores of anomalous pictures lie above those of normal ones. Default: 0.3. */
  readonly gap?: number;
}

/** Numbers in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function pictureOf(made: MadeClass, at: number, next: () => number): PictureResult {
  const label = at < made.normal ? 0 : 1;
  const bell = (next() + next() + next() + next()) / 4;
  const score = 0.2 + bell * 0.4 + label * (made.gap ?? 0.3);
  const defect = label === 1 ? 'scratch' : 'good';
  return {
    path: `/data/${made.name}/test/${defect}/${at}.png`,
    className: made.name,
    label,
    defect,
    score,
    decision: null,
  };
}

function f1Of(pictures: readonly PictureResult[]): number | null {
  const [normals = [], anomalies = []] = [0, 1].map((label) =>
    pictures.filter((one) => one.label === label).map(({ score }) => score),
  );
  return anomalies.length === 0 ? null : f1Threshold(normals, anomalies, 0.95).value;
}

function rowOf(
  { name, normal, anomalous }: MadeClass,
  pictures: readonly PictureResult[],
  next: () => number,
): ClassMetrics {
  const value = (): number => 0.9 + 0.1 * next();
  const both = normal > 0 && anomalous > 0;
  const image = (): number | null => (both ? value() : null);
  const pixel = (): number | null => (anomalous > 0 ? value() : null);
  const images = { imageAuroc: image(), imageAp: image(), imageF1Max: image() };
  const pixels = { pixelAuroc: pixel(), pixelAp: pixel(), pixelF1Max: pixel(), aupro: pixel() };
  const reason = anomalous === 0 ? 'no anomalous picture' : 'no normal picture';
  const given = { ...measured({ ...images, ...pixels }, reason), imageF1Threshold: f1Of(pictures) };
  return { name, images: normal + anomalous, anomalous, unmasked: 0, ...given };
}

/** A concave curve from 0, 0 to 1, 1. */
export function bentCurve(points = 200): Curve {
  const x = Array.from({ length: points }, (_, at) => at / (points - 1));
  return { x, y: x.map((value) => value ** 0.2), threshold: x.map((value) => 1 - value) };
}

/** Curves of a class, those of pictures among them unless it has one kind only. */
export function madeCurves(oneSided = false): ClassCurves {
  const fall = bentCurve();
  const pr = { ...fall, y: fall.x.map((value) => 1 - 0.6 * value ** 2) };
  const roc = bentCurve();
  return { imageRoc: oneSided ? null : roc, imagePr: oneSided ? null : pr, pixelRoc: roc, pixelPr: pr, pro: roc };
}

/** An evaluation of some classes. */
export function madeEvaluation(made: readonly MadeClass[], seed = 1): Evaluation {
  const next = seeded(seed);
  const scored = made.map((one) =>
    Array.from({ length: one.normal + one.anomalous }, (_, at) => pictureOf(one, at, next)),
  );
  const classes = made.map((one, at) => rowOf(one, scored[at] ?? [], next));
  const pictures = scored.flat();
  return {
    classes,
    ...meanOf(classes),
    images: pictures.length,
    pictures,
    leftOut: [],
    doubtfulMasks: { empty: [], full: [], otherSize: [] },
    curves: null,
    conventions: CONVENTIONS,
    seconds: 81,
  };
}

/** A model as a report names it. */
export const MADE_MODEL: ModelProvenance = {
  className: null,
  file: 'model.safetensors',
  weightsHash: 'ab'.repeat(32),
  encoder: {
    family: 'vit',
    dim: 768,
    depth: 12,
    heads: 12,
    patch: 14,
    stages: [],
    windows: [],
    globalBlocks: [],
    registers: 4,
    positionGrid: 37,
    layerScale: true,
    mlp: 'gelu',
    mlpHidden: 3072,
    sharedPositions: false,
  },
  encoderSource: { name: 'dinov2reg_vit_base_14', sha256: 'cd'.repeat(32) },
  training: null,
  device: 'cpu',
  precision: 'fp32',
  thresholds: null,
};

/** Thresholds of a made model: the class `a` has one of its own. */
export const MADE_THRESHOLDS: ThresholdsProvenance = {
  method: 'false-reject-rate',
  falseRejectRate: 0.01,
  confidenceLevel: 0.95,
  image: { value: 0.3, images: 40, falseRejectRate: 0.025, falseRejectInterval: [0.0006, 0.1316] },
  classes: { a: { value: 0.25, images: 20, falseRejectRate: 0, falseRejectInterval: [0, 0.1684] } },
  pixel: { value: 0.1, images: 40, falseRejectRate: 0.01, falseRejectInterval: [0.005, 0.02] },
  pixelClasses: {},
  notes: ["The class 'b' has few pictures."],
};

/** Where a made evaluation comes from. */
export const MADE_PROVENANCE: Provenance = {
  date: '2026-01-31T12:00:00.000Z',
  command: ['dinomaly', 'evaluate', '--data', "it's here"],
  versions: { dinomaly: '0.1.0', libtorch: '2.13.0', node: '20.19.0' },
  platform: 'linux-x64',
  models: [MADE_MODEL],
  dataset: {
    root: '/data',
    format: 'mvtec',
    classes: [],
    pictures: { train: 100, validation: 0, test: 30 },
    hash: 'ef'.repeat(32),
    madeSplit: { from: 'train' as const, seed: 3, train: 0.8, validation: 0.1 },
    notes: ['The masks of one class were drawn anew.'],
  },
};
