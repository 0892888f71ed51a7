/** What scoring a picture takes and gives; model.ts does it. */
import type { NativeScore } from './binding/types.js';
import {
  checkFunction,
  checkInteger,
  checkNumber,
  checkOptions,
  checkSignal,
  checkString,
  orDefault,
  outOfRange,
  unknownWord,
  wrongKind,
} from './check.js';
import type { FoundClass } from './classes/types.js';
import { DinomalyError } from './errors.js';
import type { ImageInput } from './image/input.js';
import type { PictureSize } from './image/size.js';
import { isUint8Array } from './kinds.js';
import { inspectedArea } from './maps/geometry.js';
import type { Rectangle } from './maps/types.js';
import type { Geometry } from './options/types.js';
import type { ScoreDecision } from './thresholds/types.js';

/** Where the milliseconds of one score went. */
export interface ScoreTiming {
  /** Reading and decoding the picture. */
  readonly decodeMs: number;
  /** Waiting for the device. */
  readonly queuedMs: number;
  /** Resizing, the network and the map, of the whole batch. */
  readonly computeMs: number;
  /** Pictures that shared the forward pass. */
  readonly batch: number;
}

/** Score and map of one picture as the network gives them (paper, section 3.5). */
export interface RawScore {
  /** Mean of the largest map pixels: the higher, the more anomalous. */
  readonly score: number;
  /** Anomaly of each map pixel, `height * width` values, row by row. */
  readonly map: Float32Array;
  readonly height: number;
  readonly width: number;
  /** The part of the picture that the network saw, in the picture's own pixels. Nothing is known of what is outside. */
  readonly inspected: Rectangle;
  readonly timing: ScoreTiming;
}

/** What the network gives, with what the verdict hangs on. */
export interface NetworkScore extends RawScore {
  /** The coldest of the pixels that made the score, of at least a thousandth of the map and 16, or a 64th. */
  readonly floor: number;
  /** The hottest pixel. */
  readonly peak: number;
  /** What the picture shows as a whole. */
  readonly features: Float32Array;
}

/** The verdict on a picture in words. */
export type VerdictWord = 'GOOD' | 'BAD' | 'NOT SURE' | 'UNKNOWN PART';

/**
 * Score and map of one picture, its class, and the decision of the model's thresholds; these change neither score nor map.
 * A picture of no known class has no verdict: `known` is false, and `threshold`, `isAnomalous`, `confidence` and
 * `pixelThreshold` are null.
 */
export interface ScoreResult extends RawScore, FoundClass, ScoreDecision {
  /**
   * The decision in words: `'BAD'` above the threshold and `'GOOD'` else, but `'NOT SURE'` so near to it that the pictures that it
   * was measured on are too few to tell; `'UNKNOWN PART'` for a picture of no known class; null without a threshold. With a
   * threshold of one's own there is no `'NOT SURE'`.
   */
  readonly verdict: VerdictWord | null;
  /**
   * The verdict shows in the map pixels above it. In a bad picture some are: it is the class's pixel threshold, or lower, so
   * that the pixels that made the score count. In a good one none is: it is the pixel threshold, or a little above the hottest
   * pixel. Null without a verdict.
   */
  readonly pixelThreshold: number | null;
}

/** What the network gave for a picture. */
export function toNetworkScore(
  native: NativeScore,
  picture: PictureSize,
  geometry: Geometry,
  decodeMs: number,
): NetworkScore {
  const { queuedMs, computeMs, batch, ...found } = native;
  return { ...found, inspected: inspectedArea(picture, geometry), timing: { decodeMs, queuedMs, computeMs, batch } };
}

/** One result of a stream. */
export interface StreamResult<T extends ImageInput = ImageInput> extends ScoreResult {
  /** Place of the picture in the input, from 0. */
  readonly index: number;
  readonly image: T;
}

/** Options of `model.score`. */
export interface ScoreOptions {
  /**
   * Class of the picture, whose thresholds are applied. Default: it is found, where the model has descriptions of its classes;
   * else the thresholds for any class.
   */
  readonly className?: string | undefined;
  /** Takes the place of the stored threshold; the confidence is 0.5 there and as steep as the stored one's. */
  readonly threshold?: number | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `model.scoreMany`. */
export interface ScoreManyOptions<T extends ImageInput = ImageInput> {
  /**
   * Class of the pictures, or a function that tells it of each, in order. What the function throws ends the stream. Default,
   * also where the function returns `undefined`: as for `model.score`.
   */
  readonly className?: string | ((image: T, index: number) => string | undefined) | undefined;
  /** Takes the place of the stored threshold, or a function that gives it for each picture, `undefined` for the stored one. */
  readonly threshold?: number | ((image: T, index: number) => number | undefined) | undefined;
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Pictures decoded or waiting at once. Default: 16. */
  readonly lookAhead?: number | undefined;
  /**
   * Called in place of a result for a picture that cannot be scored, and awaited; the stream goes on. Default: the stream
   * throws the error at that place. An error it throws ends the stream.
   */
  readonly onError?: ((error: unknown, image: T, index: number) => void | Promise<void>) | undefined;
}

/** By what a picture is decided. */
export interface DecisionChoice {
  readonly className?: string | undefined;
  readonly threshold?: number | undefined;
}

/** Options of `model.scoreMany`, checked. */
export interface CheckedStream<T extends ImageInput> {
  readonly lookAhead: number;
  readonly signal: AbortSignal | undefined;
  readonly onError: ScoreManyOptions<T>['onError'];
  readonly choose: (image: T, index: number) => DecisionChoice;
}

const LOOK_AHEAD = 16;

/**
 * Checks by what a picture is to be decided.
 *
 * @param known - classes that the model knows, of its training or its thresholds
 */
function checkChoice(
  className: unknown,
  threshold: unknown,
  known: () => readonly string[],
  path = 'options',
): DecisionChoice {
  if (className !== undefined) {
    const name = checkString(className, `${path}.className`, 'the name of a class');
    const names = known();
    if (!names.includes(name)) {
      throw names.length === 0
        ? outOfRange('none, since this model knows no classes', `${path}.className`, className)
        : unknownWord(`${path}.className`, className, names);
    }
  }
  return {
    className: className as string | undefined,
    threshold: threshold === undefined ? undefined : checkNumber(threshold, `${path}.threshold`),
  };
}

/** Checks the options of `model.score`. */
export function checkScoreOptions(
  options: unknown,
  known: () => readonly string[],
): DecisionChoice & { readonly signal: AbortSignal | undefined } {
  const given = checkOptions(options, 'options', ['className', 'threshold', 'signal']);
  const signal = checkSignal(given.signal, 'options.signal');
  return { ...checkChoice(given.className, given.threshold, known), signal };
}

/** Refuses a score for which there is no place. */
export function checkRoom(queued: number, maxQueued: number): void {
  if (queued >= maxQueued) {
    const message = `${maxQueued} scores of this model run or wait already, as many as maxQueued allows: try again later.`;
    throw new DinomalyError('OVERLOADED', message);
  }
}

/** Refuses what is no list of pictures. */
export function checkIterable(images: unknown): void {
  // A string is iterable, letter by letter: never what was meant.
  const iterable =
    typeof images === 'object' && images !== null && (Symbol.iterator in images || Symbol.asyncIterator in images);
  if (!iterable || isUint8Array(images)) {
    throw wrongKind('an iterable or async iterable of pictures', 'images', images);
  }
}

/** Checks the options of `model.scoreMany`. */
export function checkStreamOptions<T extends ImageInput>(
  options: unknown,
  known: () => readonly string[],
): CheckedStream<T> {
  const given = checkOptions(options, 'options', ['className', 'threshold', 'lookAhead', 'signal', 'onError']);
  type Of = (image: T, index: number) => unknown;
  const { className, threshold } = given;
  const classOf = typeof className === 'function' ? (className as Of) : undefined;
  const thresholdOf = typeof threshold === 'function' ? (threshold as Of) : undefined;
  const fixed = checkChoice(classOf ? undefined : className, thresholdOf ? undefined : threshold, known);
  return {
    lookAhead: checkInteger(orDefault(given.lookAhead, LOOK_AHEAD), 'options.lookAhead', { min: 1, max: 4096 }),
    signal: checkSignal(given.signal, 'options.signal'),
    onError: checkFunction<NonNullable<ScoreManyOptions<T>['onError']>>(given.onError, 'options.onError'),
    choose: (image, index) =>
      classOf === undefined && thresholdOf === undefined
        ? fixed
        : checkChoice(
            classOf ? classOf(image, index) : fixed.className,
            thresholdOf ? thresholdOf(image, index) : fixed.threshold,
            known,
          ),
  };
}
