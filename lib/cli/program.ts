/** The commands and their options. What a command does is loaded when it runs, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { parseExtent, parseInteger, parseNumber, parseQuery } from './arguments.js';
import { datasetOptions } from './dataset-options.js';
import { Interrupted, withInterrupts } from './interrupt.js';
import { addNative } from './native.js';
import { EXIT, endWithoutOutput, exitCodeOf, noteError, noteMessage } from './output.js';
import { addReproduce } from './reproduce.js';
import { variantOptions } from './variant.js';

const ORIENTATION =
  "'exif': turn pictures as their orientation tag says; 'ignore': leave them as stored (default: of the model, or by the dataset)";

type Run = (code: number) => void;

const SVG = 'decode SVG pictures too: only those of people you trust, for a small one may take minutes';

function encoderOptions(command: Command): Command {
  return command
    .option('--encoder <name>', 'encoder by name, e.g. dinov2reg_vit_base_14')
    .option('--family <name>', "family of an encoder of your own: 'vit', 'beit', 'dinov3' or 'hiera'")
    .addOption(new Option('--dim <n>', 'width of an encoder of your own').argParser(parseInteger))
    .addOption(new Option('--depth <n>', 'its blocks').argParser(parseInteger))
    .addOption(new Option('--heads <n>', 'its attention heads').argParser(parseInteger))
    .addOption(new Option('--patch <n>', 'side of its patches in pixels').argParser(parseInteger))
    .addOption(new Option('--registers <n>', 'its register tokens').argParser(parseInteger))
    .addOption(new Option('--size <n|HxW>', 'resize pictures to this').argParser(parseExtent))
    .addOption(new Option('--crop <n|HxW>', 'the middle that the network sees').argParser(parseExtent))
    .addOption(new Option('--pixel-limit <n>', 'most pixels a picture may have').argParser(parseInteger))
    .option('--svg', SVG)
    .option('--orientation <how>', ORIENTATION);
}

function modelOptions(command: Command): Command {
  return encoderOptions(
    command
      .requiredOption('--model <file>', 'model file; calibrate and evaluate take a folder with one a class too')
      .option('--device <device>', "'auto', 'cpu', 'cuda' or 'cuda:<index>'")
      .option('--precision <precision>', "'fp32' or 'bf16'"),
  ).addHelpText('after', '\nEncoder, size and crop are for checkpoints without metadata; model files know theirs.');
}

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
    .option('--device <device>', "'auto', 'cpu', 'cuda' or 'cuda:<index>'")
    .option('--class-separated', 'one model a class, FOLDER/<class>.safetensors, with an --eps of 1e-8');
  variantOptions(encoderOptions(datasetOptions(command))).action(async (given) => {
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
    .option('--map-format <format>', "'tiff', 'tiff16', 'npy', 'png16' or 'mask'")
    .option('--map-layout <layout>', "'mvtec' (default) or 'mvtec-ad-2'")
    .option('--mask-convention <name>', "mask pixels anomalous above 0: 'any'; above 0.5: 'half'");
  modelOptions(datasetOptions(command)).action(async (given) => {
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
  modelOptions(datasetOptions(command)).action(async (given) => {
    const { calibrateCommand } = await import('./calibrate.js');
    run(await calibrateCommand(given, (message) => command.error(`error: ${message}`)));
  });
}

const PREDICT_EXIT_CODES =
  '\nExit codes: 0 all scored, 1 a picture failed, 2 wrong usage, 4 a picture is of no class that the model knows.';

function addPredict(program: Command, run: Run): void {
  const command = program
    .command('predict')
    .description('score pictures, one JSON line each')
    .argument('<image...>', 'pictures')
    .option('--class-name <name>', 'class of the pictures, whose thresholds are applied (default: each is found)')
    .addOption(new Option('--threshold <score>', 'a threshold instead of the stored one').argParser(parseNumber))
    .option('--heatmaps <folder>', 'write heatmaps over the pictures here, as PNG')
    .option('--legend', 'with the verdict in words and the colour scale under each heatmap')
    .option('--maps <folder>', "write anomaly maps in the pictures' pixels here")
    .option('--map-format <format>', "'tiff' (default), 'tiff16', 'npy', 'png16' or 'mask'")
    .option('--regions', 'list the regions that a bad picture is bad for; a good one has none')
    .addOption(new Option('--min-area <n>', 'pixels that a region must have').argParser(parseInteger))
    .addOption(
      new Option('--pixel-threshold <n>', "map values above it are anomalous (default: the model's)").argParser(
        parseNumber,
      ),
    );
  modelOptions(command).addHelpText('after', PREDICT_EXIT_CODES);
  command.action(async (images: string[], given) => {
    const { predictCommand } = await import('./predict.js');
    run(await predictCommand(images, given, (message) => command.error(`error: ${message}`)));
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
  modelOptions(command).action(async (image: string, given) => {
    const { attentionCommand } = await import('./attention.js');
    run(await attentionCommand(image, given, (message) => command.error(`error: ${message}`)));
  });
}

function addEncoders(program: Command, run: Run): void {
  program
    .command('encoders')
    .description('list the encoders known by name, and where their weights come from')
    .option('--json', 'all of it as JSON')
    .action(async (given: { json?: boolean }) => {
      const { encodersCommand } = await import('./encoders.js');
      run(encodersCommand(given));
    });
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string };
  return version;
}

function addWeights(program: Command, run: Run): void {
  const weights = program.command('weights').description("encoders' published weights");
  weights
    .command('pull')
    .description('download the weights of encoders from their publishers into the cache and print their paths')
    .argument('<name...>', 'encoders by name')
    .option('--verify', 'compare the checksums of files that are there already')
    .action(async (names: string[], given: { verify?: boolean }) => {
      const { pullCommand } = await import('./weights-pull.js');
      run(await pullCommand(names, given));
    });
}

function addDataset(program: Command, run: Run): void {
  const dataset = program.command('dataset').description('datasets on disk');
  const check = dataset
    .command('check')
    .description('count and decode the pictures and masks of a dataset and list all that is at fault')
    .argument('<root>', 'dataset folder, or a manifest');
  datasetOptions(check)
    .addOption(new Option('--pixel-limit <n>', 'most pixels a picture may have').argParser(parseInteger))
    .option('--svg', SVG)
    .option('--orientation <how>', ORIENTATION)
    .option('--json', 'all of it as JSON')
    .action(async (root: string, given) => {
      const { datasetCheckCommand } = await import('./dataset.js');
      run(await datasetCheckCommand(root, given));
    });
}

/** The program; `run` takes the exit code of the command that ran. */
function createProgram(run: Run): Command {
  const program = new Command('dinomaly')
    .description('Anomaly detection with Dinomaly: train, evaluate and predict.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: noteMessage })
    .showSuggestionAfterError();
  addTrain(program, run);
  addEvaluate(program, run);
  addCalibrate(program, run);
  addPredict(program, run);
  addAttention(program, run);
  addReproduce(program, run, encoderOptions);
  addWeights(program, run);
  addEncoders(program, run);
  addDataset(program, run);
  addNative(program);
  return program;
}

async function parse(args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram((result) => {
    code = result;
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
