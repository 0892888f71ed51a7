/** The colour scale of heatmaps, measured on a model's own training pictures. */
import { following } from '../abort.js';
import { call } from '../binding/call.js';
import type { NativeBinding, NativeImage, NativeModel } from '../binding/types.js';
import { DinomalyError } from '../errors.js';
import { mapAhead } from '../gate.js';
import { reasonOf } from '../kinds.js';
import type { Calibration } from '../options/types.js';

/** Most pictures scored for it. */
const CALIBRATION_IMAGES = 256;

/** Cold end and hot end of the scale, as quantiles of the map pixels. */
const QUANTILES = [0.5, 0.999] as const;

const LOOK_AHEAD = 16;

/** Up to `most` indices, spread evenly over `count`, so that every class is among them. */
export function spread(count: number, most: number): number[] {
  const taken = Math.min(count, most);
  return Array.from({ length: taken }, (_, index) => Math.floor((index * count) / taken));
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

/** What was measured. */
interface Measured {
  /** Null where no picture could be read. */
  readonly calibration: Calibration | null;
  /** Why it is not of all pictures that were to be scored. */
  readonly shortfall: string | null;
}

/** Says which pictures are missing in a scale; null where none is. */
function shortfallOf(failures: readonly unknown[], wanted: number): string | null {
  return failures.length === 0
    ? null
    : `${failures.length} of the ${wanted} training pictures to measure it on cannot be read: ${reasonOf(failures[0])}`;
}

/**
 * Scores up to 256 of `count` pictures and takes the quantiles of all their map pixels. Pictures that cannot be read any more
 * are left out: they must not cost the weights that they have trained.
 */
async function calibrate(
  binding: Pick<NativeBinding, 'quantiles'>,
  model: NativeModel,
  count: number,
  decode: (index: number) => Promise<NativeImage>,
  signal: AbortSignal | undefined,
): Promise<Measured> {
  const maps: Float32Array[] = [];
  const chosen = spread(count, CALIBRATION_IMAGES);
  const failures: unknown[] = [];
  for await (const outcome of mapAhead(chosen, LOOK_AHEAD, decode, signal)) {
    if (!outcome.ok) {
      failures.push(outcome.error);
      continue;
    }
    // One at a time: pictures that wait together share a pass, and the sharing rounds otherwise with every run, where the
    // same seed must save the same bytes.
    const { map } = await call((stop) => model.score(outcome.value, stop), { signal, owner: 'Trainer' });
    maps.push(map);
  }
  const shortfall = shortfallOf(failures, chosen.length);
  if (maps.length === 0) {
    return { calibration: null, shortfall };
  }
  const [low, high] = await following(signal, (own) =>
    call(() => binding.quantiles(maps, QUANTILES), { signal: own, owner: 'Trainer' }),
  ).catch((error: unknown) => {
    throw ruined(error);
  });
  // Quantiles of at least one map are two numbers; a flat map still needs a scale that is not empty.
  const cold = low ?? 0;
  const hot = Math.max(high ?? cold, cold + Number.EPSILON * Math.max(1, cold));
  const calibration = { low: cold, high: hot, images: maps.length };
  return { calibration, shortfall };
}

/** Where pictures and model come from. */
export interface ScaleInput {
  readonly binding: Pick<NativeBinding, 'quantiles'>;
  /** A model of the present weights; freed afterwards. */
  readonly model: () => Promise<NativeModel>;
  /** Pictures of the training set. */
  readonly count: number;
  readonly decode: (index: number) => Promise<NativeImage>;
  readonly signal: AbortSignal | undefined;
}

/** What is no fault of the scale alone: then the weights cannot be used, or are gone. */
const FATAL: readonly string[] = ['TRAINING_DIVERGED', 'DISPOSED', 'DEVICE_LOST'];

/**
 * The colour scale of a trained network, or null where it cannot be measured: pictures may be gone, a second copy of the
 * weights may not fit into memory. Trained weights must be saved then too, so this is a warning and no error.
 *
 * @throws DinomalyError `TRAINING_DIVERGED`, `DISPOSED`, `DEVICE_LOST`; the signal's reason
 */
export async function measureScale(input: ScaleInput): Promise<Calibration | null> {
  const { binding, count, decode, signal } = input;
  try {
    const model = await input.model();
    try {
      const { calibration, shortfall } = await calibrate(binding, model, count, decode, signal);
      warn(shortfall, calibration);
      return calibration;
    } finally {
      model.dispose();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DinomalyError && FATAL.includes(error.code)) {
      throw error;
    }
    warn(reasonOf(error), null);
    return null;
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
