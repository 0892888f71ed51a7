/** In what a run departs from the paper. Pure; goes by what was done, as the results tell it, not by what was asked. */
import { METRICS } from '../evaluation/types.js';
import type { Extent } from '../options/types.js';
import { FACTS } from './paper.js';
import type { DataFacts, Outcome, Plan, PlannedRun, Published, Results, UnitResult } from './types.js';
import { publishedHash } from './weights.js';

/** A departure, and the rows that it is in. */
export interface Deviation {
  readonly text: string;
  /** Ids of runs. */
  readonly runs: readonly string[];
}

/** Class names beyond this are counted, not listed. */
const MOST_NAMES = 6;

/** Height and width as text. */
export function sides([height, width]: Extent): string {
  return height === width ? String(height) : `${height}x${width}`;
}

/** `10,000` as the paper writes it. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

function listed(names: readonly string[]): string {
  return names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(', ')}, ...` : names.join(', ');
}

/** Data that is not what the paper ran on. */
function dataDeviations({ name, label, classes, trainImages, testImages, remarks = [] }: DataFacts): string[] {
  if (label === 'other') {
    return [`the paper has no figures for the data set ${name}`, ...remarks];
  }
  const facts = FACTS[label];
  const own = classes.filter((each) => facts.classes.includes(each));
  const foreign = classes.filter((each) => !facts.classes.includes(each));
  const texts: string[] = [...remarks];
  if (own.length < facts.classes.length) {
    const which = own.length === 0 ? '' : ` (${listed(own)})`;
    texts.push(`${own.length} of the ${facts.classes.length} classes of ${name}${which}`);
  }
  if (foreign.length > 0) {
    texts.push(`classes that ${name} does not have: ${listed(foreign)}`);
  }
  const complete = own.length === facts.classes.length && foreign.length === 0;
  if (complete && (trainImages !== facts.trainImages || testImages !== facts.testImages)) {
    const here = `${count(trainImages)} training and ${count(testImages)} test pictures in ${name}`;
    texts.push(`${here} (paper: ${count(facts.trainImages)} and ${count(facts.testImages)})`);
  }
  return texts;
}

function weightsDeviation({ name, sha256 }: UnitResult['encoder']): string[] {
  if (sha256 === null) {
    return ['an untrained encoder: random weights'];
  }
  const published = publishedHash(name);
  const known = published === null || sha256.startsWith(published);
  return known ? [] : [`weights of ${name} from another file than its publisher's (SHA-256)`];
}

function settingDeviations({ encoder, training, conventions }: UnitResult, published: Published): string[] {
  const texts: string[] = [];
  const differ = (what: string, ours: string, paper: string): void => {
    if (ours !== paper) {
      texts.push(`${what} ${ours} (paper: ${paper})`);
    }
  };
  if (published.encoder === null) {
    texts.push(`encoder ${encoder.name}, which is not in the paper`);
  } else {
    differ('encoder', encoder.name, published.encoder);
  }
  differ('iterations', count(training.plannedIterations), count(published.iterations));
  differ('batch size', String(training.batchSize), String(published.batchSize));
  if (published.sides !== null) {
    const { size, crop } = published.sides;
    differ('size and crop', `${sides(conventions.size)} and ${sides(conventions.crop)}`, `${size} and ${crop}`);
  }
  differ('seed', String(training.seed), String(published.seed));
  return texts;
}

/** Departures whatever the row. */
function resultDeviations({ classes, conventions, training }: UnitResult): string[] {
  const texts: string[] = [];
  if (conventions.mask !== 'any') {
    texts.push("mask pixels anomalous above 0.5, 'half' (the authors: above 0, 'any')");
  }
  if (training.skippedSteps > 0) {
    texts.push('steps left out because loss or gradient was not finite');
  }
  const undefinedIn = classes.filter((row) => METRICS.some((metric) => row[metric] === null));
  if (undefinedIn.length > 0) {
    texts.push(`metrics that the pictures leave undefined: ${listed(undefinedIn.map(({ name }) => name))}`);
  }
  return texts;
}

function runDeviations(run: PlannedRun, data: DataFacts | undefined, outcome: Outcome | undefined): Set<string> {
  if (outcome?.status !== 'done') {
    return new Set();
  }
  const texts = outcome.units.flatMap((unit) => [
    ...weightsDeviation(unit.encoder),
    ...settingDeviations(unit, run.published),
    ...resultDeviations(unit),
  ]);
  return new Set([...(data === undefined ? [] : dataDeviations(data)), ...texts]);
}

/** All departures of a table, each once. */
export function findDeviations(plan: Plan, results: Results): Deviation[] {
  const found = new Map<string, string[]>();
  for (const run of plan.runs) {
    for (const text of runDeviations(run, results.data[run.data], results.outcomes.get(run.id))) {
      found.set(text, [...(found.get(text) ?? []), run.id]);
    }
  }
  return [...found].map(([text, runs]) => ({ text, runs }));
}
