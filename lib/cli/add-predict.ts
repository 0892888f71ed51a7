/** The options of `dinomaly predict`. */
import { type Command, Option } from 'commander';
import { MAP_FORMATS } from '../maps/formats.js';
import { parseInteger, parseNumber } from './arguments.js';
import { describeUse, type Use } from './help.js';
import { loadOptions } from './model-options.js';
import { wordOption } from './words.js';

const NOTES = `
Pictures are files, folders with all below them, or patterns in quotes such as 'in/**/*.jpg'. Each gets a line, the verdict
first: GOOD, BAD, NOT SURE near the threshold, UNKNOWN PART. With --model in place of MODEL the lines are JSON, as with --json -.`;

const USE: Use = {
  notes: NOTES,
  examples: [
    'dinomaly predict line1/ new/ --heatmaps heat/ --csv verdicts.csv',
    'dinomaly predict line1/ --watch /camera --report today/',
    'dinomaly predict line1/ part.jpg --fail-on-anomaly || echo stop',
    "dinomaly predict line1/ 'new/**/*.jpg' --json verdicts.jsonl",
  ],
  exits: {
    ok: 'all pictures are judged',
    failure: 'a picture could not be judged, or a file not be written; the standard error says which',
    anomaly: 'with --fail-on-anomaly: a picture is above its threshold',
    unknown: 'a picture is of no class that the model knows',
  },
};

function addOutputs(command: Command): Command {
  return command
    .option('--csv <file>', 'a row a picture for spreadsheets')
    .option('--json <file>', "a JSON line a picture; '-' is the standard output, in place of the lines for people")
    .option('--report <folder>', 'write a page of the judged pictures here, the most suspicious first')
    .option('--heatmaps <folder>', 'write heatmaps over the pictures here, as PNG')
    .option('--legend', 'with the verdict in words and the colour scale under each heatmap')
    .option('--outlines', 'draw outlines around what a picture is bad for')
    .option('--maps <folder>', "write anomaly maps in the pictures' pixels here")
    .addOption(wordOption('--map-format <format>', '% (default: tiff)', MAP_FORMATS))
    .option('--regions', 'list the regions that a bad picture is bad for, in JSON; a good one has none')
    .addOption(new Option('--min-area <n>', 'pixels that a region must have').argParser(parseInteger))
    .addOption(
      new Option('--pixel-threshold <n>', "map values above it are anomalous (default: the model's)").argParser(
        parseNumber,
      ),
    );
}

/** Adds the command; `run` takes its exit code. */
export function addPredict(program: Command, run: (code: number) => void): void {
  const command = program
    .command('predict')
    .description('judge pictures: good or bad')
    .argument('[model]', 'model file, or the folder that inspect made; with --model a picture')
    .argument('[picture...]', 'pictures: files, folders, patterns')
    .option('--model <file>', 'the model, in place of the first argument')
    .option('--watch <folder>', 'judge new pictures in this folder as they come, until Ctrl-C')
    .option('--fail-on-anomaly', 'end with 3 when a picture is above its threshold')
    .option('--class-name <name>', 'class of the pictures, whose thresholds are applied (default: each is found)')
    .addOption(new Option('--threshold <score>', 'a threshold instead of the stored one').argParser(parseNumber));
  describeUse(loadOptions(addOutputs(command)), USE);
  command.action(async (first: string | undefined, rest: string[], given) => {
    const { predictCommand } = await import('./predict.js');
    const args = first === undefined ? rest : [first, ...rest];
    run(await predictCommand(args, given, (message) => command.error(`error: ${message}`)));
  });
}
