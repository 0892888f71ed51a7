/** Thresholds that a report decides by, and how often each decision was right. */
import type { ClassMetrics, Evaluation, PictureResult } from '../evaluation/types.js';
import { group } from '../lists.js';
import { oneSided } from './undefined.js';

/** Where a threshold comes from: the model file, or the test pictures' own scores. */
export type ThresholdSource = 'model' | 'f1-optimal';

/** Counts of decisions; an anomalous picture is a positive. */
export interface Confusion {
  readonly truePositives: number;
  /** Anomalous pictures taken for normal: false accepts. */
  readonly falseNegatives: number;
  /** Normal pictures taken for anomalous: false rejects. */
  readonly falsePositives: number;
  readonly trueNegatives: number;
}

/** The pictures of a class and the threshold that divides them. */
export interface ClassDecisions {
  readonly name: string;
  readonly pictures: readonly PictureResult[];
  /** What is above it is anomalous; null where there is none. */
  readonly threshold: number | null;
  /** Null without a threshold. */
  readonly source: ThresholdSource | null;
  /** Null without a threshold. */
  readonly confusion: Confusion | null;
}

/** Whether a score is on the anomalous side; one that is no number is, since nothing vouches for the picture. */
export function isAbove(score: number, threshold: number): boolean {
  return !(score <= threshold);
}

/** The decision on a picture: the model's own where it made one. */
export function isRejected({ score, decision }: PictureResult, threshold: number): boolean {
  return decision?.isAnomalous ?? isAbove(score, threshold);
}

function countDecisions(pictures: readonly PictureResult[], threshold: number): Confusion {
  const counts = { truePositives: 0, falseNegatives: 0, falsePositives: 0, trueNegatives: 0 };
  for (const picture of pictures) {
    const rejected = isRejected(picture, threshold);
    if (picture.label === 1) {
      counts[rejected ? 'truePositives' : 'falseNegatives']++;
    } else {
      counts[rejected ? 'falsePositives' : 'trueNegatives']++;
    }
  }
  return counts;
}

/** Without a threshold of the model's, the F1-optimal one of the class, where it divides pictures of both kinds. */
function decideClass(row: ClassMetrics, pictures: readonly PictureResult[]): ClassDecisions {
  const { name } = row;
  const own = pictures.find(({ decision }) => decision !== null)?.decision?.threshold ?? null;
  const threshold = own ?? (oneSided(row) === null ? row.imageF1Threshold : null);
  if (threshold === null) {
    return { name, pictures, threshold, source: null, confusion: null };
  }
  const source = own === null ? 'f1-optimal' : 'model';
  return { name, pictures, threshold, source, confusion: countDecisions(pictures, threshold) };
}

/** Decisions of each class, in the order of the evaluation. */
export function decideClasses({ classes, pictures }: Evaluation): ClassDecisions[] {
  const groups = group(pictures, ({ className }) => className);
  return classes.map((row) => decideClass(row, groups.get(row.name) ?? []));
}

/** The counts of several classes together; null where none has any. */
export function sumConfusions(parts: readonly ClassDecisions[]): Confusion | null {
  const all = parts.map(({ confusion }) => confusion).filter((confusion) => confusion !== null);
  const sum = (key: keyof Confusion): number => all.reduce((total, counts) => total + counts[key], 0);
  return all.length === 0
    ? null
    : {
        truePositives: sum('truePositives'),
        falseNegatives: sum('falseNegatives'),
        falsePositives: sum('falsePositives'),
        trueNegatives: sum('trueNegatives'),
      };
}
