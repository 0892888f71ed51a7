/** The split that a model was trained on, taken for its evaluation and its thresholds too. */
import { stat } from 'node:fs/promises';
import { call } from '../binding/call.js';
import { binding } from '../binding/load.js';
import { classModelFile } from '../class-separated.js';
import { describeSplit } from '../datasets/describe.js';
import type { Dataset, MadeSplit } from '../datasets/types.js';
import { DinomalyError, openDataset } from '../index.js';
import { hasMetadata, readMetadata } from '../options/metadata.js';
import { openNoted } from './dataset.js';
import { type DatasetArguments, openOptions } from './dataset-options.js';
import { isModelFolder } from './load.js';

/** A dataset opened for a model. */
export interface OpenFor {
  readonly dataset: Dataset;
  /** What makes the split another than that of training, in a sentence; `undefined` when it is the same. */
  readonly departure: string | undefined;
}

/** The file of a model; of a folder, that of each class, all of which must be there. */
async function modelFiles(model: string, root: string, given: DatasetArguments): Promise<readonly string[]> {
  if (!(await isModelFolder(model))) {
    return [model];
  }
  const { classes } = await openDataset(root, openOptions(given));
  return Promise.all(
    classes.map(async (name) => {
      const file = classModelFile(model, name);
      await stat(file).catch((error: unknown) => {
        const message = `The folder ${model} has no model of the class '${name}': ${file} is missing`;
        throw new DinomalyError('FILE_READ', message, { cause: error });
      });
      return file;
    }),
  );
}

/** What a model file tells of its training. */
interface Recorded {
  readonly classes: readonly string[];
  /** Null where the set's own was taken. */
  readonly split: MadeSplit | null;
}

/** `undefined` for a checkpoint, which tells nothing. */
async function readRecorded(file: string): Promise<Recorded | undefined> {
  const info = await call(() => binding().inspectFile(file));
  if (!hasMetadata(info.metadata)) {
    return undefined;
  }
  const { classes, training } = readMetadata(info.metadata, file);
  return { classes, split: training.split };
}

function asks({ splitSeed, trainShare, validation }: DatasetArguments): boolean {
  return splitSeed !== undefined || trainShare !== undefined || validation !== undefined;
}

function argumentsOf({ seed, from, train, validation }: MadeSplit): Partial<DatasetArguments> {
  return { splitSeed: seed, validation, ...(from === 'all' ? { trainShare: train } : {}) };
}

function same(a: MadeSplit | null, b: MadeSplit | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Opens a dataset by a recorded split; by its own where that is of another kind of set, as new pictures may come in. */
async function openLike(recorded: MadeSplit, root: string, given: DatasetArguments): Promise<Dataset> {
  try {
    return await openNoted(root, { ...given, ...argumentsOf(recorded) });
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
    return openNoted(root, given);
  }
}

/** What makes the split of a dataset another than those of training. */
function departureOf({ classes, madeSplit }: Dataset, recorded: readonly Recorded[]): string | undefined {
  const other = recorded.find(({ split }) => !same(split, madeSplit));
  if (other !== undefined) {
    const { split } = other;
    const trained = split === null ? 'It was trained on the split that its set brought.' : describeSplit(split);
    return `The model was trained on another split than this one. ${trained}`;
  }
  const known = recorded.flatMap((each) => each.classes);
  const renamed = recorded.length === 0 ? undefined : classes.find((name) => !known.includes(name));
  // Pictures are drawn by the name of their class: the same ones under another name are divided otherwise.
  return madeSplit === null || renamed === undefined
    ? undefined
    : `The split is drawn by the names of the classes, and the model was trained on ${known.join(', ')}, not '${renamed}'.`;
}

/**
 * Opens a dataset as it was split for the training of a model, unless the options ask for another split, or the set's own
 * split leaves nothing to divide.
 *
 * @param model - model file, or a folder with one a class
 */
export async function openForModel(model: string, root: string, given: DatasetArguments): Promise<OpenFor> {
  const told = await Promise.all((await modelFiles(model, root, given)).map(readRecorded));
  const recorded = told.filter((each) => each !== undefined);
  const split = recorded[0]?.split ?? null;
  const dataset = await (split === null || asks(given) ? openNoted(root, given) : openLike(split, root, given));
  return { dataset, departure: departureOf(dataset, recorded) };
}
