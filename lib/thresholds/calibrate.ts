/** Measures thresholds: scores pictures with a model, then chooses. */
import { checkFunction, checkNumber, checkOptions, checkSignal, orDefault } from '../check.js';
import { verifyImages } from '../datasets/verify.js';
import { meter, type OnProgress } from '../evaluation/meter.js';
import { mapAhead } from '../gate.js';
import { decodingOf } from '../image/decoding.js';
import type { TakenImage } from '../image/input.js';
import { decodeImage } from '../image.js';
import { type Model, scoreRaw } from '../model.js';
import { checkThresholds } from './check.js';
import { f1Threshold, fewestForClass, peakOf, pixelThreshold, quantileThreshold } from './choose.js';
import { checkScore } from './decide.js';
import { type CalibrationSample, checkLabelled, checkNormals } from './samples.js';
import type { Threshold, Thresholds } from './types.js';

/** Options of `evaluator.calibrateF1`. */
export interface CalibrateF1Options {
  /**
   * Share of new normal pictures in which any pixel may lie above the pixel threshold: above 0, at most 0.5. Default: 0.01.
   */
  readonly pixelRejectRate?: number | undefined;
  /** Of the intervals: 0.5 to 0.9999. Default: 0.95. */
  readonly confidenceLevel?: number | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each picture, and awaited; what it throws ends the calibration and is what the promise rejects with. */
  readonly onProgress?: OnProgress | undefined;
}

/** Options of `evaluator.calibrate`. */
export interface CalibrateOptions extends CalibrateF1Options {
  /** Share of new normal pictures that may be rejected: above 0, at most 0.5. Default: 0.01. */
  readonly falseRejectRate?: number | undefined;
  /** Share of new normal pictures in which any pixel may lie above the pixel threshold. Default: `falseRejectRate`. */
  readonly pixelRejectRate?: number | undefined;
}

/** Options, checked. */
interface Checked {
  readonly rate: number;
  readonly pixelRate: number;
  readonly level: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: OnProgress | undefined;
}

const RATE = { min: 0, max: 0.5, above: true } as const;
const F1_KEYS = ['pixelRejectRate', 'confidenceLevel', 'signal', 'onProgress'] as const;

function checkRate(value: unknown, fallback: number, key: string): number {
  return checkNumber(orDefault(value, fallback), `options.${key}`, RATE);
}

/**
 * Checks the options of both ways to calibrate.
 *
 * @param keys - options that there are. Default: those of `calibrate`
 */
export function checkCalibrateOptions(
  options: unknown,
  keys: readonly (keyof CalibrateOptions)[] = ['falseRejectRate', ...F1_KEYS],
): Checked {
  const given = checkOptions(options, 'options', keys);
  const rate = checkRate(given.falseRejectRate, 0.01, 'falseRejectRate');
  return {
    rate,
    pixelRate: checkRate(given.pixelRejectRate, rate, 'pixelRejectRate'),
    level: checkNumber(orDefault(given.confidenceLevel, 0.95), 'options.confidenceLevel', { min: 0.5, max: 0.9999 }),
    signal: checkSignal(given.signal, 'options.signal'),
    onProgress: checkFunction<OnProgress>(given.onProgress, 'options.onProgress'),
  };
}

/** Scores of one class, by label, and the largest pixel of each normal picture. */
interface ClassScores {
  readonly normal: number[];
  readonly anomalous: number[];
  readonly peaks: number[];
}

interface Scored {
  readonly classes: ReadonlyMap<string, ClassScores>;
  readonly all: ClassScores;
}

/**
 * Scores the pictures one at a time, decoding ahead: pictures that share a forward pass round otherwise with every run, and
 * the same pictures must give the same thresholds to the last bit.
 */
async function scoreAll(
  model: Model,
  samples: readonly CalibrationSample[],
  lookAhead: number,
  checked: Checked,
): Promise<Scored> {
  const { signal } = checked;
  const all: ClassScores = { normal: [], anomalous: [], peaks: [] };
  const classes = new Map<string, ClassScores>();
  const onImage = meter(samples.length, performance.now(), checked.onProgress);
  const decode = async ({ path }: CalibrationSample): Promise<TakenImage> => {
    const pixels = await decodeImage(path, { ...decodingOf(model), signal });
    return { name: path, content: { kind: 'raw', pixels } };
  };
  for await (const outcome of mapAhead(samples, lookAhead, decode, signal)) {
    if (!outcome.ok) {
      throw outcome.error;
    }
    const { path, className, label } = outcome.item;
    const { score, map } = await scoreRaw(model, outcome.value, signal);
    const peaks = label === 0 ? [peakOf(map)] : [];
    for (const peak of peaks) {
      checkScore(peak, `a pixel of ${path}`);
    }
    const own = classes.get(className) ?? { normal: [], anomalous: [], peaks: [] };
    classes.set(className, own);
    for (const scores of [own, all]) {
      scores[label === 0 ? 'normal' : 'anomalous'].push(score);
      scores.peaks.push(...peaks);
    }
    await onImage(className);
  }
  return { classes, all };
}

/** The threshold of a class, or why it has none. */
type Choose = (scores: ClassScores) => Threshold | string;

/** Which pictures to take, and what to make of their scores. */
interface Method {
  readonly method: Thresholds['method'];
  readonly falseRejectRate: number | null;
  readonly image: (scores: ClassScores) => Threshold;
  readonly ofClass: Choose;
  /** What there is to say of the choice. */
  readonly notes: (scored: Scored) => string[];
}

/** Where the rate asked for is out of reach: fewer pictures than that cannot show it. */
function reachNotes({ all, classes }: Scored, rate: number, fewest: number): string[] {
  const reach = (scores: ClassScores): boolean => rate * (scores.normal.length + 1) * (1 + 1e-12) >= 1;
  const short = [...classes].filter(([, scores]) => scores.normal.length >= fewest && !reach(scores));
  const named = short.map(([name, { normal }]) => `'${name}' (${normal.length})`);
  const lists = [...(reach(all) ? [] : [`all classes together (${all.normal.length})`]), ...named];
  return lists.length === 0
    ? []
    : [
        `A false reject rate of ${rate} needs ${Math.ceil(1 / rate) - 1} pictures. With n pictures, which are fewer, the ` +
          `threshold is the largest score, and 1 in n + 1 new normal pictures is to be expected above it: ${lists.join(', ')}.`,
      ];
}

function byRate({ rate, level }: Checked): Method {
  const image = ({ normal }: ClassScores): Threshold => quantileThreshold(normal, rate, level);
  const fewest = fewestForClass(rate);
  const ofClass: Choose = (scores) =>
    scores.normal.length >= fewest
      ? image(scores)
      : `${scores.normal.length} pictures are too few, ${fewest} are needed`;
  const notes = (scored: Scored): string[] => reachNotes(scored, rate, fewest);
  return { method: 'false-reject-rate', falseRejectRate: rate, image, ofClass, notes };
}

function byF1({ level }: Checked): Method {
  const image = ({ normal, anomalous }: ClassScores): Threshold => f1Threshold(normal, anomalous, level);
  const ofClass: Choose = (scores) => {
    const missing = scores.normal.length === 0 ? 'normal' : scores.anomalous.length === 0 ? 'anomalous' : undefined;
    return missing === undefined ? image(scores) : `it has no ${missing} pictures, and F1 needs both kinds`;
  };
  return { method: 'f1-max', falseRejectRate: null, image, ofClass, notes: () => [] };
}

/** Pixel thresholds of the classes that have pictures enough for one, and the classes that have not. */
function pixelsOf({ classes }: Scored, { pixelRate, level }: Checked): Pick<Thresholds, 'pixelClasses' | 'notes'> {
  const fewest = fewestForClass(pixelRate);
  const entries = [...classes].filter(([, { peaks }]) => peaks.length >= fewest);
  const short = [...classes].filter(([, { peaks }]) => peaks.length < fewest);
  const notes = short.map(
    ([name, { peaks }]) =>
      `The class '${name}' takes the pixel threshold of all classes: ${peaks.length} normal pictures are too few, ${fewest} ` +
      'are needed.',
  );
  const pixelClasses = Object.fromEntries(
    entries.map(([name, { peaks }]) => [name, pixelThreshold(peaks, pixelRate, level)]),
  );
  return { pixelClasses, notes };
}

function assemble(scored: Scored, choice: Method, checked: Checked, model: Model): Thresholds {
  const entries: [string, Threshold][] = [];
  const notes: string[] = [];
  for (const [name, scores] of scored.classes) {
    const chosen = choice.ofClass(scores);
    if (typeof chosen === 'string') {
      notes.push(`The class '${name}' takes the threshold of all classes: ${chosen}.`);
    } else {
      entries.push([name, chosen]);
    }
  }
  const pixels = pixelsOf(scored, checked);
  notes.push(...pixels.notes, ...choice.notes(scored));
  const { map, scoreRatio, tiles } = model.geometry;
  const thresholds: Thresholds = {
    method: choice.method,
    falseRejectRate: choice.falseRejectRate,
    confidenceLevel: checked.level,
    image: choice.image(scored.all),
    classes: Object.fromEntries(entries),
    pixel: pixelThreshold(scored.all.peaks, checked.pixelRate, checked.level),
    pixelClasses: pixels.pixelClasses,
    scoring: { map, scoreRatio, precision: model.precision, ...(tiles !== undefined && { tiles }) },
    notes,
  };
  return checkThresholds(thresholds, 'thresholds');
}

async function measure(
  model: Model,
  samples: readonly CalibrationSample[],
  lookAhead: number,
  checked: Checked,
  choice: Method,
): Promise<Thresholds> {
  const { signal } = checked;
  await verifyImages(
    samples.map((sample) => ({ ...sample, defect: 'good' })),
    { ...decodingOf(model), signal },
  );
  const scored = await scoreAll(model, samples, lookAhead, checked);
  const thresholds = assemble(scored, choice, checked, model);
  model.thresholds = thresholds;
  return thresholds;
}

/** Thresholds by a false reject rate, from held-out normal pictures; sets them on the model. */
export function calibrateByRate(
  model: Model,
  normals: unknown,
  options: unknown,
  lookAhead: number,
): Promise<Thresholds> {
  const checked = checkCalibrateOptions(options);
  return measure(model, checkNormals(normals), lookAhead, checked, byRate(checked));
}

/** Thresholds by the largest F1, from labelled pictures; sets them on the model. */
export function calibrateByF1(
  model: Model,
  labelled: unknown,
  options: unknown,
  lookAhead: number,
): Promise<Thresholds> {
  const checked = checkCalibrateOptions(options, F1_KEYS);
  return measure(model, checkLabelled(labelled), lookAhead, checked, byF1(checked));
}
