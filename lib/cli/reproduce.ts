/** `dinomaly reproduce`. */
import { type Command, Option } from 'commander';
import type { Report, ReproduceOptions, ReproduceProgress } from '../reproduce/index.js';
import { LABELS, TABLES } from '../reproduce/types.js';
import { type EncoderArguments, parseInteger, present, readEncoder } from './arguments.js';
import { type DatasetArguments, datasetOptions, openOptions } from './dataset-options.js';
import { describeUse } from './help.js';
import { Interrupted, stoppable } from './interrupt.js';
import { maskConventionOption } from './model-options.js';
import { createReporter, duration, EXIT, note, printText, type Reporter, refuseStdout, warn } from './output.js';
import { deviceOption, wordArgument, wordOption } from './words.js';

/** Options of `dinomaly reproduce`, as commander parses them. */
export interface ReproduceArguments extends DatasetArguments, EncoderArguments {
  readonly data: readonly string[];
  readonly benchmark?: readonly string[];
  readonly out: string;
  readonly weights?: string;
  readonly weightsDir?: string;
  readonly untrained?: boolean;
  readonly size?: number | readonly [number, number];
  readonly crop?: number | readonly [number, number];
  readonly iterations?: number;
  readonly batchSize?: number;
  readonly seed?: number;
  readonly device?: string;
  readonly maskConvention?: string;
  readonly row?: readonly string[];
  readonly long?: boolean;
  readonly keepModels?: boolean;
}

/** A table as a person may write it. */
function tableName(word: string): string {
  return /^(?:f5|figure-?5)$/i.test(word) ? 'figure5' : word.replace(/^table-?/i, '');
}

function reproduceOptions(
  table: string,
  given: ReproduceArguments,
  fail: (message: string) => never,
): ReproduceOptions {
  // Classes are of all data sets together; a set may have none of them.
  const { class: classes, ...opening } = given;
  const { data, benchmark = [], untrained, weights, weightsDir } = given;
  if (benchmark.length > 0 && benchmark.length !== data.length) {
    return fail('give as many --benchmark as --data, in the same order, or none');
  }
  if (untrained === true && (weights ?? weightsDir) !== undefined) {
    return fail(
      '--untrained, which takes random encoders, cannot be combined with --weights or --weights-dir: leave one of them out',
    );
  }
  refuseStdout(given.out, '--out');
  const { out, size, crop, iterations, batchSize, seed, device, maskConvention, long, keepModels } = given;
  const options = {
    table,
    data: data.map((root, at) => ({ root, ...present({ benchmark: benchmark[at] }), ...openOptions(opening) })),
    out,
    ...present({ encoder: readEncoder(given, fail), weights: untrained === true ? null : weights, weightsDir }),
    ...present({ size, crop, iterations, batchSize, seed, device, maskConvention, long, keepModels }),
    ...present({ classes, rows: given.row }),
  };
  // Words of the command line: the library refuses those it does not know and lists those it does.
  return options as ReproduceOptions;
}

/** A bar for each piece of work. */
class Bars {
  #reporter: Reporter | undefined;
  #name = '';

  readonly show = (progress: ReproduceProgress): void => {
    const { stage, title, done, total, imagesPerSecond, remainingSeconds, loss } = progress;
    const name = `${title} ${stage}`;
    if (name !== this.#name) {
      this.stop();
      this.#name = name;
      this.#reporter = createReporter(name, total);
    }
    const words = [
      loss === undefined ? '' : `loss ${loss.toFixed(4)}`,
      imagesPerSecond === undefined ? '' : `${imagesPerSecond.toFixed(1)} images/s`,
      remainingSeconds === undefined ? '' : `left ${duration(remainingSeconds)}`,
    ];
    this.#reporter?.update(done, words.filter((word) => word !== '').join(' '));
  };

  readonly stop = (): void => {
    this.#reporter?.stop();
    this.#reporter = undefined;
    this.#name = '';
  };
}

/** Everything ran, or was not to run. */
function exitCode({ runs }: Report): number {
  const failed = runs.some(({ status }) => status === 'failed');
  const done = runs.some(({ status, measured }) => status === 'done' || measured !== null);
  return failed || !done ? EXIT.failure : EXIT.ok;
}

/**
 * Runs what a table needs and prints it.
 *
 * @returns the exit code
 */
async function reproduceCommand(
  table: string,
  given: ReproduceArguments,
  fail: (message: string) => never,
): Promise<number> {
  const options = reproduceOptions(table, given, fail);
  const { reproduce, toMarkdown } = await import('../reproduce/index.js');
  const bars = new Bars();
  const onNote = (line: string, important = false): void => {
    bars.stop();
    (important ? warn : note)(line);
  };
  try {
    const report = await stoppable('stopping after this block; finished rows are kept', (signal) =>
      reproduce(options, { signal, onNote, onProgress: bars.show }),
    );
    bars.stop();
    printText(toMarkdown(report));
    note(`written to ${given.out} as Markdown, CSV and JSON`);
    return exitCode(report);
  } catch (error) {
    bars.stop();
    if (error instanceof Interrupted) {
      note(`stopped; run the same command again to go on with what is in ${given.out}`);
    }
    throw error;
  }
}

const EXAMPLES = [
  'dinomaly reproduce 1 --data mvtec/ --out table1/',
  'dinomaly reproduce 3 --data mvtec/ visa/ --benchmark MVTec-AD VisA --iterations 500 --row baseline NB',
  'dinomaly reproduce figure5 --data mvtec/ --weights-dir weights/',
];

const EXITS = { failure: 'a row failed, or none could run; the table and the standard error say why' };

/**
 * Adds the command.
 *
 * @param shape - adds the options that name or describe an encoder and its sizes
 */
export function addReproduce(
  program: Command,
  run: (code: number) => void,
  shape: (command: Command) => Command,
): void {
  const command = program
    .command('reproduce')
    .description("run what a table of the paper needs and print the paper's figures beside ours")
    .addArgument(wordArgument('<table>', '1, 2, 3, 4, 5 or figure5', TABLES, 'TABLE', tableName))
    .requiredOption('--data <root...>', 'dataset folders')
    .addOption(wordOption('--benchmark <name...>', 'what each --data is: %', LABELS))
    .option('--out <folder>', 'for the report and for what has run', 'reproduced')
    .option('--weights <file>', "the encoder's weights")
    .option('--weights-dir <folder>', 'weights of each encoder, <encoder>.pth or .safetensors')
    .option('--untrained', 'seeded random encoders instead: for trying the pipeline')
    .addOption(new Option('--iterations <n>', 'steps of each model; ↑ rows take twice as many').argParser(parseInteger))
    .addOption(new Option('--batch-size <n>', 'pictures a step').argParser(parseInteger))
    .addOption(new Option('--seed <n>', 'seed of weights, order and dropout').argParser(parseInteger))
    .addOption(deviceOption())
    .addOption(maskConventionOption())
    .option('--row <name...>', 'only these rows')
    .option('--long', 'the ↑ rows of table 1 too')
    .option('--keep-models', 'keep the model file of each row');
  const use = {
    notes: 'Run it again with the same options to go on where it stopped.',
    examples: EXAMPLES,
    exits: EXITS,
  };
  describeUse(shape(datasetOptions(command)), use).action(async (table: string, given) => {
    run(await reproduceCommand(table, given, (message) => command.error(`error: ${message}`)));
  });
}
