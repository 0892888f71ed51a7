/** The options of `dinomaly inspect`. */
import { type Command, Option } from 'commander';
import { parseInteger, parseNumber } from './arguments.js';
import { datasetOptions } from './dataset-options.js';
import { describeUse } from './help.js';
import { PRESET_NAMES } from './inspect-presets.js';
import { aspectOption, encoderOptions, tilesOption } from './model-options.js';
import { deviceOption, wordOption } from './words.js';

const NOTES = `
PHOTOS is a folder of good pictures, or one with folders named good and bad, or one of those for each kind of part. Good ones are
divided: 60 % are trained on, 20 % set the threshold, 20 % test it together with the bad ones.

presets    encoder                   pixels as in    steps
  fast       dinov2reg_vit_small_14    280 x 280        300 of  8 pictures
  balanced   dinov2reg_vit_small_14    392 x 392      1,000 of 16 pictures
  accurate   dinov2reg_vit_base_14     392 x 392      3,000 of 16 pictures

Into the folder of --out go model.safetensors, report/index.html, heatmaps/ and inspect.json, which says what is done: the same
command goes on where it was interrupted.`;

const EXAMPLES = [
  'dinomaly inspect photos/ --out line1/',
  'dinomaly inspect photos/ --out line1/ --preset accurate --false-reject-rate 0.02',
  'dinomaly predict line1/ new-photos/',
];

/** Adds the command; `run` takes its exit code. */
export function addInspect(program: Command, run: (code: number) => void): void {
  const command = program
    .command('inspect')
    .description('from a folder of photos to a model, its threshold and a report, in one command')
    .argument('<photos>', 'folder of photos')
    .requiredOption('--out <folder>', 'folder for everything that is written; one that is there is gone on with')
    .addOption(wordOption('--preset <name>', '% (default: chosen by the machine, and said)', PRESET_NAMES))
    .option('--weights <file>', "the encoder's weights, .pth or .safetensors (default: fetched once, and kept)")
    .option('--untrained', 'a random encoder in place of a trained one: a trial, not an inspection')
    .addOption(
      new Option('--false-reject-rate <share>', 'of good parts that may be rejected (default: 0.05)').argParser(
        parseNumber,
      ),
    )
    .addOption(new Option('--iterations <n>', "steps (default: the preset's)").argParser(parseInteger))
    .addOption(new Option('--batch-size <n>', "pictures a step (default: the preset's)").argParser(parseInteger))
    .addOption(new Option('--seed <n>', 'seed of weights, order and dropout').argParser(parseInteger))
    .addOption(tilesOption('none'))
    .addOption(aspectOption())
    .addOption(deviceOption());
  describeUse(encoderOptions(datasetOptions(command)), { notes: NOTES, examples: EXAMPLES });
  command.action(async (photos: string, given) => {
    const { inspectCommand } = await import('./inspect.js');
    run(await inspectCommand(photos, given, (message) => command.error(`error: ${message}`)));
  });
}
