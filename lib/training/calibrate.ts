/** The colour scale of heatmaps, measured on a model's own training pictures. */
import { following } from '../abort.js';
import { call } from '../binding/call.js';
import type { NativeBinding, NativeImage, NativeModel } from '../binding/types.js';
import { DinomalyError } from '../errors.js';
import { mapAhead } from '../gate.js';
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

/** Scores up to 256 of `count` pictures and takes the quantiles of all their map pixels. */
export async function calibrate(
  binding: Pick<NativeBinding, 'quantiles'>,
  model: NativeModel,
  count: number,
  decode: (index: number) => Promise<NativeImage>,
  signal: AbortSignal | undefined,
): Promise<Calibration> {
  const maps: Float32Array[] = [];
  for await (const outcome of mapAhead(spread(count, CALIBRATION_IMAGES), LOOK_AHEAD, decode, signal)) {
    if (!outcome.ok) {
      throw outcome.error;
    }
    // One at a time: pictures that wait together share a pass, and the sharing rounds otherwise with every run, where the
    // same seed must save the same bytes.
    const { map } = await call((stop) => model.score(outcome.value, stop), { signal, owner: 'Trainer' });
    maps.push(map);
  }
  const [low, high] = await following(signal, (own) =>
    call(() => binding.quantiles(maps, QUANTILES), { signal: own, owner: 'Trainer' }),
  ).catch((error: unknown) => {
    throw ruined(error);
  });
  // Quantiles of at least one map are two numbers; a flat map still needs a scale that is not empty.
  const cold = low ?? 0;
  return { low: cold, high: Math.max(high ?? cold, cold + Number.EPSILON * Math.max(1, cold)), images: maps.length };
}
