/** The commands and their options. What a command does is loaded when it runs, so that `--help` is quick. */
import { resolve } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { encoderNames } from '../encoders/registry.js';
import { MAP_FORMATS, MAP_LAYOUTS } from '../maps/formats.js';
import { packageVersion } from '../package.js';
import { addInspect } from './add-inspect.js';
import { addPredict } from './add-predict.js';
import { parseInteger, parseNumber, parseQuery } from './arguments.js';
import { completionScript, SHELLS, type Shell } from './completion.js';
import { applyConfig, CONFIG_NAME, type Config, findConfig, readConfig } from './config.js';
import { datasetOptions } from './dataset-options.js';
import { describeUse } from './help.js';
import { Interrupted, withInterrupts } from './interrupt.js';
import { isVerbose, type Level, setLevel } from './level.js';
import {
  aspectOption,
  encoderOptions,
  maskConventionOption,
  modelOptions,
  orientationOption,
  SVG,
  tilesOption,
} from './model-options.js';
import { addNative } from './native.js';
import { detail, EXIT, endWithoutOutput, exitCodeOf, noteError, noteMessage, printText } from './output.js';
import { addReproduce } from './reproduce.js';
import { USES } from './uses.js';
import { variantOptions } from './variant.js';
import { deviceOption, wordArgument, wordOption } from './words.js';

type Run = (code: number) => void;

const HELP = ['--help', '-h'];

function addTrain(program: Command, run: Run): void {
  const command = program
    .command('train')
    .description('train on the normal pictures of a dataset and write a model file')
    .requiredOption('--data <root>', 'dataset folder: one folder a class, or one class')
    .requiredOption('--out <file>', 'model file to write; with --class-separated a folder')
    .option('--weights <file>', "the encoder's weights, .pth or .safetensors")
    .option('--untrained', 'a seeded random encoder, to try the pipeline; implied for --dim without --weights')
    .addOption(
      new Option('--iterations <n>', 'steps (default: 10000, with --class-separated 5000)').argParser(parseInteger),
    )
    .addOption(new Option('--batch-size <n>', 'pictures a step').argParser(parseInteger).default(16))
    .addOption(new Option('--seed <n>', 'seed of weights, order and dropout').argParser(parseInteger))
    .addOption(deviceOption())
    .option('--class-separated', 'one model a class, FOLDER/<class>.safetensors, with an --eps of 1e-8');
  command.addOption(tilesOption('none')).addOption(aspectOption());
  describeUse(variantOptions(encoderOptions(datasetOptions(command))), USES.train).action(async (given) => {
    const { trainCommand } = await import('./train.js');
    run(await trainCommand(given, (message) => command.error(`error: ${message}`)));
  });
}

function addEvaluate(program: Command, run: Run): void {
  const command = program
    .command('evaluate')
    .description('score the test pictures of a dataset and print the metrics')
    .requiredOption('--data <root>', 'dataset folder')
    .option('--json <file>', 'write the metrics here too')
    .option('--report <folder>', 'write a page with curves and galleries here, with JSON and CSV beside it')
    .option('--maps <folder>', "write anomaly maps in the pictures' pixels here, in the folders that servers take")
    .addOption(wordOption('--map-format <format>', '% (default: tiff, for mvtec-ad-2 tiff16)', MAP_FORMATS))
    .addOption(wordOption('--map-layout <layout>', '% (default: mvtec)', MAP_LAYOUTS))
    .addOption(maskConventionOption());
  describeUse(modelOptions(datasetOptions(command)), USES.evaluate).action(async (given) => {
    const { evaluateCommand } = await import('./evaluate.js');
    run(await evaluateCommand(given, (message) => command.error(`error: ${message}`)));
  });
}

function addCalibrate(program: Command, run: Run): void {
  const command = program
    .command('calibrate')
    .description('measure thresholds on held-out normal pictures and store them in the model file')
    .requiredOption('--data <root>', 'dataset folder with validation pictures')
    .addOption(new Option('--false-reject-rate <share>', 'of normal pictures (default: 0.01)').argParser(parseNumber))
    .addOption(
      new Option(
        '--pixel-reject-rate <share>',
        'that may have any pixel above the pixel threshold (default: the same)',
      ).argParser(parseNumber),
    )
    .addOption(new Option('--confidence-level <share>', 'of the intervals (default: 0.95)').argParser(parseNumber))
    .option('--f1', 'instead: where F1 is largest on the labelled test pictures, which flatters them')
    .option('--out <file>', 'write the model file here (default: over --model)');
  describeUse(modelOptions(datasetOptions(command)), USES.calibrate).action(async (given) => {
    const { calibrateCommand } = await import('./calibrate.js');
    run(await calibrateCommand(given, (message) => command.error(`error: ${message}`)));
  });
}

function addAttention(program: Command, run: Run): void {
  const command = program
    .command('attention')
    .description('draw where a patch of a picture looks in each decoder block (figure 3), one JSON line a block')
    .argument('<image>', 'picture')
    .addOption(
      new Option('--query <row,column>', 'the patch, counted from 0 on the patch grid')
        .argParser(parseQuery)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--layer <n>', 'only this decoder block, from 0').argParser(parseInteger))
    .requiredOption('--out <folder>', 'where to write the pictures, as PNG');
  describeUse(modelOptions(command), USES.attention).action(async (image: string, given) => {
    const { attentionCommand } = await import('./attention.js');
    run(await attentionCommand(image, given, (message) => command.error(`error: ${message}`)));
  });
}

function addEncoders(program: Command, run: Run): void {
  const command = program
    .command('encoders')
    .description('list the encoders known by name, and where their weights come from')
    .option('--json', 'all of it as JSON');
  describeUse(command, USES.encoders).action(async (given: { json?: boolean }) => {
    const { encodersCommand } = await import('./encoders.js');
    run(encodersCommand(given));
  });
}

function addWeights(program: Command, run: Run): void {
  const weights = program.command('weights').description("encoders' published weights");
  describeUse(weights, USES['weights pull']);
  const pull = weights
    .command('pull')
    .description('download the weights of encoders from their publishers into the cache and print their paths')
    .addArgument(wordArgument('<encoder...>', 'encoders by name', encoderNames, 'ENCODER'))
    .option('--verify', 'compare the checksums of files that are there already');
  describeUse(pull, USES['weights pull']).action(async (names: string[], given: { verify?: boolean }) => {
    const { pullCommand } = await import('./weights-pull.js');
    run(await pullCommand(names, given));
  });
}

function addDataset(program: Command, run: Run): void {
  const dataset = program.command('dataset').description('datasets on disk');
  describeUse(dataset, USES['dataset check']);
  const check = dataset
    .command('check')
    .description('count and decode the pictures and masks of a dataset and list all that is at fault')
    .argument('<root>', 'dataset folder, or a manifest');
  datasetOptions(check)
    .addOption(new Option('--pixel-limit <n>', 'most pixels a picture may have').argParser(parseInteger))
    .option('--svg', SVG)
    .addOption(orientationOption())
    .option('--json', 'all of it as JSON');
  describeUse(check, USES['dataset check']).action(async (root: string, given) => {
    const { datasetCheckCommand } = await import('./dataset.js');
    run(await datasetCheckCommand(root, given));
  });
}

function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description('print a script that lets a shell complete commands, options and their words')
    .addArgument(wordArgument('<shell>', "'bash', 'zsh' or 'fish'", SHELLS, 'SHELL'));
  describeUse(command, USES.completion).action((shell: Shell) => printText(completionScript(program, shell)));
}

/** The program; `run` takes the exit code of the command that ran. */
export function createProgram(run: Run): Command {
  const program = new Command('dinomaly')
    .description('Anomaly detection with Dinomaly: train, evaluate and predict.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: noteMessage })
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addOption(new Option('--quiet', 'say results, errors and warnings only').conflicts('verbose'))
    .option('--verbose', 'say what is chosen and why, how long stages take, and where errors come from')
    .option('--config <file>', `take options from this file (default: ${CONFIG_NAME} here or in a folder above)`)
    .option('--no-config', 'take no options from a file');
  describeUse(program, USES.dinomaly);
  addInspect(program, run);
  addTrain(program, run);
  addEvaluate(program, run);
  addCalibrate(program, run);
  addPredict(program, run);
  addAttention(program, run);
  addReproduce(program, run, encoderOptions);
  addWeights(program, run);
  addEncoders(program, run);
  addDataset(program, run);
  addNative(program, run);
  addCompletion(program);
  return program;
}

/** Takes the options of a file, before those of the command line are looked at. */
async function configure(program: Command, command: Command): Promise<Config | undefined> {
  const { config } = program.opts<{ config?: string | boolean }>();
  const file = typeof config === 'string' ? resolve(config) : config === false ? undefined : findConfig(process.cwd());
  if (file === undefined) {
    return undefined;
  }
  const fail = (message: string): never => program.error(`error: ${message}`);
  const found = await readConfig(file, fail);
  applyConfig(found, program, command, fail);
  return found;
}

/** How much to say; the command line goes before a file of options. */
function levelOf(program: Command): Level {
  const given = (['quiet', 'verbose'] as const).filter((name) => program.opts()[name] === true);
  return given.find((name) => program.getOptionValueSource(name) === 'cli') ?? given[0] ?? 'usual';
}

async function parse(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  let config: Config | undefined;
  let tellEnd = (): void => undefined;
  setLevel('usual');
  const program = createProgram((result) => {
    code = result;
  })
    .hook('preSubcommand', async (own, command) => {
      // Help is for those too who have to mend the file, and a shell that starts is to work in every folder.
      const none = command.name() === 'completion' || HELP.some((flag) => args.includes(flag));
      config = none ? undefined : await configure(own, command);
    })
    .hook('preAction', async (own) => {
      setLevel(levelOf(own));
      if (isVerbose()) {
        const { tellStages } = await import('./details.js');
        tellEnd = tellStages();
        detail(
          config === undefined ? 'no file of options' : `options from ${config.file}: ${Object.keys(config.values)}`,
        );
      }
    });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end with 0; commander has said all else on stderr.
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    if (error instanceof Interrupted) {
      return error.exitCode;
    }
    noteError(error);
    return exitCodeOf(error);
  } finally {
    tellEnd();
  }
}

/**
 * Runs the command line.
 *
 * @param args - without node and script
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130, 143 or 129 interrupted
 */
export async function runCli(args: readonly string[]): Promise<number> {
  endWithoutOutput();
  return withInterrupts(() => parse(args));
}
