/** The split that a model was trained on, taken for its evaluation and its thresholds too. */
import { stat } from 'node:fs/promises';
import { call } from '../binding/call.js';
import { binding } from '../binding/load.js';
import { classModelFile } from '../class-separated.js';
import { describeSplit } from '../datasets/describe.js';
import type { Dataset, MadeSplit } from '../datasets/types.js';
import { hasMetadata, readMetadata } from '../options/metadata.js';
import { openNoted } from './dataset.js';
import type { DatasetArguments } from './dataset-options.js';

/** A dataset opened for a model. */
export interface OpenFor {
  readonly dataset: Dataset;
  /** What makes the split another than that of training, in a sentence; `undefined` when it is the same. */
  readonly departure: string | undefined;
}

/** The file of a model; the first class's of a folder of them, which were trained on one split. */
async function modelFile(model: string, root: string, given: DatasetArguments): Promise<string> {
  const folder = (await stat(model).catch(() => undefined))?.isDirectory() === true;
  if (!folder) {
    return model;
  }
  const { openDataset } = await import('../index.js');
  const { openOptions } = await import('./dataset-options.js');
  const [first] = (await openDataset(root, openOptions(given))).classes;
  return classModelFile(model, first ?? '');
}

/** The split in a model file: null where the set's own was taken, `undefined` where the file does not tell. */
async function recordedSplit(file: string): Promise<MadeSplit | null | undefined> {
  const info = await call(() => binding().inspectFile(file));
  return hasMetadata(info.metadata) ? readMetadata(info.metadata, file).training.split : undefined;
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

/**
 * Opens a dataset as it was split for the training of a model, unless the options ask for another split.
 *
 * @param model - model file, or a folder with one a class
 */
export async function openForModel(model: string, root: string, given: DatasetArguments): Promise<OpenFor> {
  const recorded = await recordedSplit(await modelFile(model, root, given));
  const taken =
    recorded === undefined || recorded === null || asks(given) ? given : { ...given, ...argumentsOf(recorded) };
  const dataset = await openNoted(root, taken);
  if (recorded === undefined || same(recorded, dataset.madeSplit)) {
    return { dataset, departure: undefined };
  }
  const trained = recorded === null ? 'It was trained on the split that its set brought.' : describeSplit(recorded);
  return { dataset, departure: `The model was trained on another split than this one. ${trained}` };
}
