/** Colour scales of heatmaps and descriptions of the classes, measured on a model's own training pictures. */
import { following } from '../abort.js';
import { call } from '../binding/call.js';
import type { NativeBinding, NativeImage, NativeModel } from '../binding/types.js';
import { type ClassSample, describeClasses } from '../classes/describe.js';
import type { ClassDescription } from '../classes/types.js';
import { DinomalyError } from '../errors.js';
import { mapAhead } from '../gate.js';
import { reasonOf } from '../kinds.js';
import { group } from '../lists.js';
import type { Calibration, ColourEnds, Geometry } from '../options/types.js';
import { scoreTiled } from '../tiled.js';

/** Most pictures scored for them, or tiles of pictures, unless there are very many classes. */
const CALIBRATION_IMAGES = 256;

/** Pictures of each class, also where so many classes have more together. */
const FEWEST_OF_CLASS = 8;

/** Cold end and hot end of the scale, as quantiles of the map pixels. */
const QUANTILES = [0.5, 0.999] as const;

const LOOK_AHEAD = 16;

/** Up to `most` indices, spread evenly over `count`. */
export function spread(count: number, most: number): number[] {
  const taken = Math.min(count, most);
  return Array.from({ length: taken }, (_, index) => Math.floor((index * count) / taken));
}

/**
 * Indices of up to `most` pictures, in order, as many of each class as there are: what a small class leaves goes to the
 * larger ones. Of very many classes each still has 8.
 */
export function spreadClasses(classNames: readonly string[], most = CALIBRATION_IMAGES): number[] {
  const classes = [...group(classNames.keys(), (index) => classNames[index])].map(([, indices]) => indices);
  const smallestFirst = classes.sort((a, b) => a.length - b.length);
  let left = Math.max(most, FEWEST_OF_CLASS * classes.length);
  const taken = smallestFirst.flatMap((indices, at) => {
    const share = spread(indices.length, Math.floor(left / (classes.length - at)));
    left -= share.length;
    return share.map((place) => indices[place] ?? 0);
  });
  return taken.sort((a, b) => a - b);
}

/** The core refuses to rank maps that are not finite; what has made them so is known here. */
function ruined(error: unknown): unknown {
  if (!(error instanceof DinomalyError) || error.code !== 'INVALID_INPUT') {
    return error;
  }
  const message =
    'The maps of this network are not finite: training has ruined its weights. Start again from a new Trainer, with a ' +
    'lower learningRate or weightDecay.';
  return new DinomalyError('TRAINING_DIVERGED', message, { cause: error });
}

/** What the pictures of a run tell of its model. */
export interface Measured {
  /** Null where no picture could be read, or they could not be scored. */
  readonly calibration: Calibration | null;
  /** Null where a class has too few pictures. */
  readonly descriptions: readonly ClassDescription[] | null;
}

/** What is measured, and how. */
export interface Measurement {
  readonly binding: Pick<NativeBinding, 'quantiles'>;
  /** A model of the present weights; freed afterwards. */
  readonly model: () => Promise<NativeModel>;
  /** The classes, in order. */
  readonly classes: readonly string[];
  /** Class of each training picture. */
  readonly classNames: readonly string[];
  /** Paths of the training pictures. */
  readonly paths: readonly string[];
  /** Tiles of all training pictures together. */
  readonly tiles: number;
  readonly geometry: Geometry;
  readonly decode: (index: number) => Promise<NativeImage>;
  readonly signal: AbortSignal | undefined;
}

type Scored = ClassSample & { readonly map: Float32Array };

/** Says which pictures are missing in a scale; null where none is. */
function shortfallOf(failures: readonly unknown[], wanted: number): string | null {
  return failures.length === 0
    ? null
    : `${failures.length} of the ${wanted} training pictures to measure it on cannot be read: ${reasonOf(failures[0])}`;
}

/** Pictures that cannot be read any more are left out: they must not cost the weights that they have trained. */
async function scoreSome(
  { classNames, paths, tiles, geometry, decode, signal }: Measurement,
  model: NativeModel,
): Promise<{ readonly scored: readonly Scored[]; readonly shortfall: string | null }> {
  // Pictures in tiles take longer: as many tiles are scored as else pictures.
  const chosen = spreadClasses(classNames, Math.ceil((CALIBRATION_IMAGES * classNames.length) / tiles));
  const scored: Scored[] = [];
  const failures: unknown[] = [];
  for await (const outcome of mapAhead(chosen, LOOK_AHEAD, decode, signal)) {
    if (!outcome.ok) {
      failures.push(outcome.error);
      continue;
    }
    // One at a time, tiles too: pictures that wait together share a pass, and the sharing rounds otherwise with every run, where the
    // same seed must save the same bytes.
    const { item, value: pixels } = outcome;
    const input = {
      native: model,
      pixels,
      geometry,
      name: paths[item] ?? '',
      ahead: 1,
      owner: 'Trainer',
      signal,
    } as const;
    const { map, features } = await scoreTiled(input);
    scored.push({ className: classNames[item] ?? '', map, features });
  }
  return { scored, shortfall: shortfallOf(failures, chosen.length) };
}

async function endsOf({ binding, signal }: Measurement, scored: readonly Scored[]): Promise<ColourEnds> {
  const maps = scored.map(({ map }) => map);
  const [low, high] = await following(signal, (own) =>
    call(() => binding.quantiles(maps, QUANTILES), { signal: own, owner: 'Trainer' }),
  ).catch((error: unknown) => {
    throw ruined(error);
  });
  // Quantiles of at least one map are two numbers; a flat map still needs a scale that is not empty.
  const cold = low ?? 0;
  return { low: cold, high: Math.max(high ?? cold, cold + Number.EPSILON * Math.max(1, cold)) };
}

/** Quantiles of all map pixels of the pictures, and of those of each class. */
async function scalesOf(measurement: Measurement, scored: readonly Scored[]): Promise<Calibration | null> {
  if (scored.length === 0) {
    return null;
  }
  const all = await endsOf(measurement, scored);
  const entries: [string, ColourEnds][] = [];
  for (const [name, own] of group(scored, ({ className }) => className)) {
    entries.push([name, own.length === scored.length ? all : await endsOf(measurement, own)]);
  }
  return { ...all, images: scored.length, classes: Object.fromEntries(entries) };
}

/** Errors after which the weights cannot be used, or are gone. */
const FATAL: readonly string[] = ['TRAINING_DIVERGED', 'DISPOSED', 'DEVICE_LOST'];

/**
 * Scores up to 256 training pictures with a trained network. The quantiles of their map pixels, all together and class by
 * class, are the colour scales; their features describe the classes. Where that fails, since pictures are gone or a second copy
 * of the weights does not fit into memory, trained weights must be saved yet: it is a warning and no error.
 *
 * @throws DinomalyError `TRAINING_DIVERGED`, `DISPOSED`, `DEVICE_LOST`; the signal's reason
 */
export async function measureTraining(measurement: Measurement): Promise<Measured> {
  const { classes, signal } = measurement;
  try {
    const model = await measurement.model();
    try {
      const { scored, shortfall } = await scoreSome(measurement, model);
      const calibration = await scalesOf(measurement, scored);
      warn(shortfall, calibration);
      return { calibration, descriptions: describeClasses(classes, scored) };
    } finally {
      model.dispose();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DinomalyError && FATAL.includes(error.code)) {
      throw error;
    }
    warn(reasonOf(error), null);
    return { calibration: null, descriptions: null };
  }
}

function warn(reason: string | null, calibration: Calibration | null): void {
  if (reason === null) {
    return;
  }
  const message =
    calibration === null
      ? `The model has no colour scale, which heatmaps need: ${reason}. Scores and maps are not changed by it.`
      : `The colour scale is measured on ${calibration.images} pictures only: ${reason}.`;
  const code = calibration === null ? 'COLOUR_SCALE_MISSING' : 'COLOUR_SCALE_PARTIAL';
  process.emitWarning(message, { type: 'DinomalyWarning', code });
}
