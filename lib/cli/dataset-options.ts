/** Options of every command that opens a dataset. */
import { type Command, Option } from 'commander';
import { datasetFormats } from '../datasets/layouts.js';
import { checkDatasetOptions } from '../datasets/options.js';
import type { DatasetOptions } from '../index.js';
import { parseInteger, parseNumber, present } from './arguments.js';
import { wordOption } from './words.js';

/** How a dataset is opened, as commander parses it. */
export interface DatasetArguments {
  readonly format?: string;
  readonly class?: readonly string[];
  readonly view?: readonly string[];
  readonly splitSeed?: number;
  readonly trainShare?: number;
  readonly validation?: number;
}

/** Adds the options that say how a dataset is opened. */
export function datasetOptions(command: Command): Command {
  return command
    .addOption(wordOption('--format <name>', 'layout of the dataset: % (default: recognised)', datasetFormats))
    .option('--class <name...>', 'only these classes')
    .option('--view <name...>', 'only these views, e.g. C1')
    .addOption(new Option('--split-seed <n>', 'seed of a split that is made').argParser(parseInteger))
    .addOption(
      new Option('--train-share <x>', 'share to train on, of the normal pictures of a set without a split').argParser(
        parseNumber,
      ),
    )
    .addOption(new Option('--validation <x>', 'share of the normal pictures to hold out').argParser(parseNumber));
}

/**
 * Refuses what no dataset can make good.
 *
 * @throws TypeError, RangeError naming the option at fault
 */
export function checkDatasetArguments(given: DatasetArguments): void {
  checkDatasetOptions(openOptions(given));
}

/** The options of `openDataset`. */
export function openOptions(given: DatasetArguments): DatasetOptions {
  const split = present({ seed: given.splitSeed, train: given.trainShare, validation: given.validation });
  const options = {
    ...present({ format: given.format, classes: given.class, views: given.view }),
    ...(Object.keys(split).length === 0 ? {} : { split }),
  };
  // The library refuses a layout it does not know and lists those it does.
  return options as DatasetOptions;
}
