/** Options of commands that have an encoder or a model. */
import { type Command, Option } from 'commander';
import { parseExtent, parseInteger } from './arguments.js';

/** What `--svg` says. */
export const SVG = 'decode SVG pictures too: only those of people you trust, for a small one may take minutes';

/** What `--orientation` says. */
export const ORIENTATION =
  "'exif': turn pictures as their orientation tag says; 'ignore': leave them as stored (default: of the model, or by the dataset)";

/** Adds the options that say which encoder, and how pictures become its input. */
export function encoderOptions(command: Command): Command {
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

/** Adds the options that say how a model is loaded, beside its name. */
export function loadOptions(command: Command): Command {
  return encoderOptions(
    command
      .option('--device <device>', "'auto', 'cpu', 'cuda' or 'cuda:<index>'")
      .option('--precision <precision>', "'fp32' or 'bf16'"),
  ).addHelpText('after', '\nEncoder, size and crop are for checkpoints without metadata; model files know theirs.');
}

/** Adds the options that say which model, and how it is loaded. */
export function modelOptions(command: Command): Command {
  return loadOptions(
    command.requiredOption('--model <file>', 'model file; calibrate and evaluate take a folder with one a class too'),
  );
}
