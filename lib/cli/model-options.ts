/** Options of commands that have an encoder or a model. */
import { type Command, Option } from 'commander';
import { encoderNames } from '../encoders/registry.js';
import { FAMILIES } from '../encoders/shapes.js';
import { ORIENTATIONS } from '../image/decoding.js';
import { MASK_CONVENTIONS } from '../metrics/options.js';
import { ASPECTS } from '../options/own-pictures.js';
import { PRECISION_OPTIONS } from '../options/precision.js';
import { parseExtent, parseInteger, parseTiles } from './arguments.js';
import { deviceOption, wordOption } from './words.js';

/** What `--svg` says. */
export const SVG = 'decode SVG pictures too: only those of people you trust, for a small one may take minutes';

/** `--orientation`. */
export function orientationOption(): Option {
  return wordOption(
    '--orientation <how>',
    "'exif': turn pictures as their orientation tag says; 'ignore': leave them as stored (default: of the model, or by the dataset)",
    ORIENTATIONS,
  );
}

/** `--mask-convention`. */
export function maskConventionOption(): Option {
  const description = "mask pixels anomalous above 0: 'any' (default); above 0.5: 'half'";
  return wordOption('--mask-convention <name>', description, MASK_CONVENTIONS);
}

/** `--tiles`. */
export function tilesOption(unless: string): Option {
  const description = `inspect larger pictures in overlapping tiles of SIZE pixels; 'auto': as their size asks for; 'none' (default: ${unless})`;
  return new Option('--tiles <auto|none|SIZE[:OVERLAP]>', description).argParser(parseTiles);
}

/** `--aspect`. */
export function aspectOption(): Option {
  return wordOption(
    '--aspect <how>',
    "'keep': the size follows the aspect of the pictures; 'square' (default: keep for photos of your own)",
    ASPECTS,
  );
}

/** Adds the options that say which encoder, and how pictures become its input. */
export function encoderOptions(command: Command): Command {
  return command
    .addOption(wordOption('--encoder <name>', 'encoder by name, e.g. dinov2reg_vit_base_14', encoderNames))
    .addOption(wordOption('--family <name>', 'family of an encoder of your own: %', FAMILIES))
    .addOption(new Option('--dim <n>', 'width of an encoder of your own').argParser(parseInteger))
    .addOption(new Option('--depth <n>', 'its blocks').argParser(parseInteger))
    .addOption(new Option('--heads <n>', 'its attention heads').argParser(parseInteger))
    .addOption(new Option('--patch <n>', 'side of its patches in pixels').argParser(parseInteger))
    .addOption(new Option('--registers <n>', 'its register tokens').argParser(parseInteger))
    .addOption(new Option('--size <n|HxW>', 'resize pictures to this').argParser(parseExtent))
    .addOption(new Option('--crop <n|HxW>', 'the middle that the network sees').argParser(parseExtent))
    .addOption(new Option('--pixel-limit <n>', 'most pixels a picture may have').argParser(parseInteger))
    .option('--svg', SVG)
    .addOption(orientationOption());
}

/** Adds the options that say how a model is loaded, beside its name. */
export function loadOptions(command: Command): Command {
  const maxBatch = 'most pictures that share a pass: fewer where memory is short (default: 4 on the CPU, 32 on a GPU)';
  return encoderOptions(
    command
      .addOption(deviceOption())
      .addOption(wordOption('--precision <precision>', '% (default: fp32)', PRECISION_OPTIONS))
      .addOption(new Option('--max-batch <n>', maxBatch).argParser(parseInteger))
      .addOption(tilesOption("the model's")),
  ).addHelpText('after', '\nEncoder, size and crop are for checkpoints without metadata; model files know theirs.');
}

/** Adds the options that say which model, and how it is loaded. */
export function modelOptions(command: Command): Command {
  return loadOptions(
    command.requiredOption('--model <file>', 'model file; calibrate and evaluate take a folder with one a class too'),
  );
}
