/**
 * Colours of map values. The scale is that of the picture's class, so that a normal part stays cold; with a threshold the
 * colours jump from cold to warm there, and its two sides are never alike. The threshold follows the verdict.
 */
import { checkNumber, checkOptions, isRecord, MAP_VALUE, outOfRange, wrongKind } from '../check.js';
import { DinomalyError } from '../errors.js';
import { pixelThreshold } from '../maps/check.js';
import type { MapModel } from '../maps/types.js';
import { COLORMAP_SIZE, colormap } from './colormap.js';
import type { Judged } from './judged.js';

/** Map values that the colours hang on: `low` and one of `threshold` and `high`; with both, `threshold` counts. */
export interface HeatmapScale {
  /** Cold end: a median normal pixel. */
  readonly low: number;
  /** Hottest normal pixels; what is above was not seen in training and turns warm by and by. */
  readonly high?: number | undefined;
  /** What is above it is anomalous: colours turn warm there at once. */
  readonly threshold?: number | undefined;
}

/** Colours of all values between two ends; beyond them the end colours hold. */
export interface ColourScale {
  readonly low: number;
  /** Where the hottest colour is reached. */
  readonly hot: number;
  /** `low`, what turns colours warm, and `hot`. */
  readonly marks: readonly [low: number, turn: number, hot: number];
  /** RGBA entries evenly over [low, hot]. */
  readonly table: Uint8Array;
}

/** Entries; a third of them lies below the threshold. */
const ENTRIES = 768;
/** How far the hot end is from `low`, in steps from `low` to the threshold. */
const THRESHOLD_REACH = 3;
/** Where the cold colours end and the warm ones begin. */
export const COLD_END = 0.42;
export const WARM_START = 0.58;
/** As far as `THRESHOLD_REACH` for `high`: where it stands on the scale is 1 over it. */
const HIGH_REACH = 4;

interface Look {
  /** Place in the colour map, 0 to 1. */
  readonly hot: number;
  readonly alpha: number;
}

function aroundThreshold(position: number): Look {
  const scaled = position * THRESHOLD_REACH;
  if (scaled < 1) {
    return { hot: COLD_END * scaled, alpha: 0.08 + 0.27 * scaled * scaled };
  }
  const above = (scaled - 1) / (THRESHOLD_REACH - 1);
  return { hot: WARM_START + (1 - WARM_START) * above, alpha: 0.75 + 0.25 * above };
}

/** Smooth from 0.1 where all is normal to 1 at the hot end, half way just above the normal range. */
function aboveNormal(position: number): Look {
  const t = Math.min(1, (position * HIGH_REACH) / 2);
  return { hot: position, alpha: 0.1 + 0.9 * t * t * (3 - 2 * t) };
}

function table(look: (position: number) => Look, opacity: number): Uint8Array {
  const rgba = new Uint8Array(4 * ENTRIES);
  for (let index = 0; index < ENTRIES; index++) {
    // The last entry is the hot end itself; the others stand for where they begin.
    const { hot, alpha } = look(index === ENTRIES - 1 ? 1 : index / ENTRIES);
    const colour = 3 * Math.round(hot * (COLORMAP_SIZE - 1));
    rgba.set(colormap.subarray(colour, colour + 3), 4 * index);
    rgba[4 * index + 3] = Math.round(255 * opacity * alpha);
  }
  return rgba;
}

/** The colours of a scale that has been checked. @param opacity - of the hottest values, 0 to 1 */
export function colourScale({ low, high, threshold }: HeatmapScale, opacity: number): ColourScale {
  const turn = threshold ?? high ?? low;
  const reach = threshold === undefined ? HIGH_REACH : THRESHOLD_REACH;
  const hot = low + reach * (turn - low);
  const look = threshold === undefined ? aboveNormal : aroundThreshold;
  return { low, hot, marks: [low, turn, hot], table: table(look, opacity) };
}

function checkGiven(value: unknown): HeatmapScale {
  if (!isRecord(value)) {
    throw wrongKind('{low, threshold} or {low, high}', 'options.scale', value);
  }
  const given = checkOptions(value, 'options.scale', ['low', 'high', 'threshold', 'images']);
  const low = checkNumber(given.low, 'options.scale.low', MAP_VALUE);
  const key = given.threshold === undefined ? 'high' : 'threshold';
  const turn = checkNumber(given[key], `options.scale.${key}`, MAP_VALUE);
  if (turn <= low) {
    throw outOfRange(`a number above low, ${low},`, `options.scale.${key}`, turn);
  }
  return { low, [key]: turn };
}

const UNJUDGED = { className: null, pixelThreshold: null } as const;

/** The same colours, turning warm at another value. */
export function turnAt({ low, high, threshold }: HeatmapScale, turn: number): HeatmapScale {
  const span = (threshold ?? high ?? low) - low;
  return { low: turn > low ? low : turn - span, threshold: turn };
}

/**
 * The scale of a class of a model: from a median normal pixel to the class's pixel threshold, or to the hottest normal pixels
 * for a model without one.
 *
 * @throws DinomalyError `CALIBRATION_MISSING` when the model has none
 */
export function scaleOfClass({ calibration, thresholds }: MapModel, className: string | null): HeatmapScale {
  if (calibration === null || calibration === undefined) {
    throw new DinomalyError('CALIBRATION_MISSING', 'This model has no colour scale: give {scale: {low, high}}.');
  }
  const { classes = {} } = calibration;
  const own = className !== null && Object.hasOwn(classes, className) ? classes[className] : undefined;
  const { low, high } = own ?? calibration;
  const threshold = pixelThreshold(thresholds, 'model.thresholds', className);
  return threshold === null ? { low, high } : turnAt({ low, high }, threshold);
}

/**
 * The scale as given, or else that of the picture's class, which turns warm where the map shows the verdict.
 *
 * @throws DinomalyError `CALIBRATION_MISSING` when there is neither
 */
export function checkScale(
  value: unknown,
  model: MapModel,
  { className, pixelThreshold: turn }: Pick<Judged, 'className' | 'pixelThreshold'> = UNJUDGED,
): HeatmapScale {
  if (value !== undefined) {
    return checkGiven(value);
  }
  const scale = scaleOfClass(model, className);
  return turn === null ? scale : turnAt(scale, turn);
}
