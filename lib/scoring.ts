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
  type Range,
  unknownWord,
  wrongKind,
} from './check.js';
import type { FoundClass } from './classes/types.js';
import type { ImageInput } from './image/input.js';
import type { PictureSize } from './image/size.js';
import { isUint8Array } from './kinds.js';
import { inspectedArea } from './maps/geometry.js';
import type { Rectangle } from './maps/types.js';
import type { Geometry } from './options/types.js';
import { MOST_DEADLINE_MS } from './queue/deadline.js';
import type { ScoreDecision } from './thresholds/types.js';

/** Where the milliseconds of one score went. */
export interface ScoreTiming {
  /** Reading and decoding the picture, and waiting for a thread that does. */
  readonly decodeMs: number;
  /** Waiting for its turn, before the picture was read and before the network. */
  readonly queuedMs: number;
  /** Resizing, the network and the map, of the whole batch. */
  readonly computeMs: number;
  /** Pictures that shared the forward pass. */
  readonly batch: number;
}

/** Score and map of one picture as the network gives them (paper, section 3.5). */
export interface RawScore {
  /** Mean of the largest map pixels, of a picture in tiles as many as of one tile: the higher, the more anomalous. */
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
  /**
   * Milliseconds from the call within which the network must have begun with the picture: one that still waits by then rejects
   * with `DEADLINE` and makes room for others. Default: none.
   */
  readonly deadlineMs?: number | undefined;
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
  /** As for `model.score`, from the moment that the picture is taken from the input. */
  readonly deadlineMs?: number | undefined;
  /**
   * Pictures decoded or waiting at once. Default: as many as keep the device busy, `2 * maxBatch` and the pictures that are
   * decoded at once, but at least 16.
   */
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
  readonly deadlineMs: number | undefined;
  readonly onError: ScoreManyOptions<T>['onError'];
  readonly choose: (image: T, index: number) => DecisionChoice;
}

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

function checkDeadline(value: unknown): number | undefined {
  const range = { min: 1, max: MOST_DEADLINE_MS };
  return value === undefined ? undefined : checkNumber(value, 'options.deadlineMs', range);
}

/** Checks the options of `model.score`. */
export function checkScoreOptions(
  options: unknown,
  known: () => readonly string[],
): DecisionChoice & Pick<ScoreOptions, 'signal' | 'deadlineMs'> {
  const given = checkOptions(options, 'options', ['className', 'threshold', 'signal', 'deadlineMs']);
  const signal = checkSignal(given.signal, 'options.signal');
  const deadlineMs = checkDeadline(given.deadlineMs);
  return { ...checkChoice(given.className, given.threshold, known), signal, deadlineMs };
}

/** Of the options `lookAhead`. */
export const LOOK_AHEAD_RANGE = { min: 1, max: 4096 } as const satisfies Range;

/** Refuses what is no list of pictures. */
export function checkIterable(images: unknown): void {
  // A string is iterable, letter by letter: never what was meant.
  const iterable =
    typeof images === 'object' && images !== null && (Symbol.iterator in images || Symbol.asyncIterator in images);
  if (!iterable || isUint8Array(images)) {
    throw wrongKind('an iterable or async iterable of pictures', 'images', images);
  }
}

const STREAM_KEYS = ['className', 'threshold', 'lookAhead', 'signal', 'deadlineMs', 'onError'] as const;

/**
 * Checks the options of `model.scoreMany`.
 *
 * @param lookAhead - the default
 */
export function checkStreamOptions<T extends ImageInput>(
  options: unknown,
  known: () => readonly string[],
  lookAhead: number,
): CheckedStream<T> {
  const given = checkOptions(options, 'options', STREAM_KEYS);
  type Of = (image: T, index: number) => unknown;
  const { className, threshold } = given;
  const classOf = typeof className === 'function' ? (className as Of) : undefined;
  const thresholdOf = typeof threshold === 'function' ? (threshold as Of) : undefined;
  const fixed = checkChoice(classOf ? undefined : className, thresholdOf ? undefined : threshold, known);
  return {
    lookAhead: checkInteger(orDefault(given.lookAhead, lookAhead), 'options.lookAhead', LOOK_AHEAD_RANGE),
    signal: checkSignal(given.signal, 'options.signal'),
    deadlineMs: checkDeadline(given.deadlineMs),
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
