/** The pictures that thresholds are measured on, refused where they would give wrong ones. */
import { checkArray, checkOneOf, checkString, isRecord, wrongKind } from '../check.js';
import type { Sample } from '../datasets/types.js';
import { DinomalyError } from '../errors.js';

/** What is needed of a picture. */
export type CalibrationSample = Pick<Sample, 'path' | 'className' | 'label' | 'split'>;

const HOLD_OUT = 'hold some out before training: openDataset(root, { split: { validation: 0.1 } })';

function unfit(message: string): DinomalyError {
  return new DinomalyError('CALIBRATION_DATA', message);
}

function checkSample(value: unknown, path: string): CalibrationSample {
  if (!isRecord(value)) {
    throw wrongKind('a picture of openDataset', path, value);
  }
  return {
    path: checkString(value.path, `${path}.path`, 'the path of a picture'),
    className: checkString(value.className, `${path}.className`, 'the name of a class'),
    label: checkOneOf(value.label, `${path}.label`, [0, 1]),
    split: checkOneOf(value.split, `${path}.split`, ['train', 'validation', 'test']),
  };
}

function checkSamples(value: unknown, path: string): readonly CalibrationSample[] {
  const samples = checkArray(value, path, checkSample);
  const seen = new Set<string>();
  for (const { path: picture, split } of samples) {
    if (split === 'train') {
      throw unfit(
        `${picture} is a training picture: the model knows it, and its score is lower than a new picture's. Calibrate with ` +
          `pictures that it was not trained on; ${HOLD_OUT}.`,
      );
    }
    if (seen.has(picture)) {
      throw unfit(`${picture} is listed twice in ${path}: one picture tells no more for that. List it once.`);
    }
    seen.add(picture);
  }
  return samples;
}

/**
 * Held-out normal pictures, at least one.
 *
 * @throws DinomalyError `CALIBRATION_DATA` naming the picture at fault, or for an empty list
 */
export function checkNormals(value: unknown): readonly CalibrationSample[] {
  const samples = checkSamples(value, 'normals');
  for (const { path, label, split } of samples) {
    if (split === 'test') {
      throw unfit(
        `${path} is a test picture: thresholds are never taken from test data, or the test would praise them. Calibrate ` +
          `with dataset.validation; ${HOLD_OUT}.`,
      );
    }
    if (label === 1) {
      throw unfit(
        `${path} is anomalous: a false reject rate is measured on normal pictures. Leave it out, or take calibrateF1.`,
      );
    }
  }
  if (samples.length === 0) {
    throw unfit(`There are no pictures to calibrate with: ${HOLD_OUT}, or list normal pictures of your own.`);
  }
  return samples;
}

/**
 * Labelled pictures, at least one of each kind.
 *
 * @throws DinomalyError `CALIBRATION_DATA` naming the picture at fault, or the kind that is missing
 */
export function checkLabelled(value: unknown): readonly CalibrationSample[] {
  const samples = checkSamples(value, 'labelled');
  for (const [label, kind] of [
    [0, 'normal'],
    [1, 'anomalous'],
  ] as const) {
    if (!samples.some((sample) => sample.label === label)) {
      throw unfit(`There are no ${kind} pictures among the ${samples.length}: F1 needs both kinds. Add some.`);
    }
  }
  return samples;
}
