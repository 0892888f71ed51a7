/** Options of `dinomaly train` that say which variant of the paper to train: the axes of its ablations (section 4.4). */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Attention, ConstraintScheme, Loss, SchemeLetter, TrainerOptions } from '../index.js';
import { LOSSES } from '../options/loss.js';
import { ATTENTIONS } from '../options/model.js';
import { SCHEME_WORDS } from '../options/scheme.js';
import { parseInteger, parseNumber, present } from './arguments.js';
import { wordOption } from './words.js';

/** The variant, as commander parses it. */
export interface VariantArguments {
  readonly targetLayers?: readonly number[];
  readonly scheme?: string;
  readonly encoderGroups?: readonly (readonly number[])[];
  readonly decoderGroups?: readonly (readonly number[])[];
  readonly decoderDepth?: number;
  readonly decoderHeads?: number;
  readonly attention?: string;
  readonly neighbourMask?: number;
  readonly dropout?: number;
  readonly loss?: string;
  readonly easyFraction?: number;
  readonly easyRampSteps?: number;
  readonly easyGradientFactor?: number;
  readonly eps?: number;
}

/** `2,3,4`. */
export function parseIntegers(text: string): number[] {
  return text.split(',').map(parseInteger);
}

/** `0,1/2,3`: one list a group. */
export function parseGroups(text: string): number[][] {
  if (text.trim() === '') {
    throw new InvalidArgumentError('a group holds at least one position.');
  }
  return text.split('/').map(parseIntegers);
}

/** Adds the options to a command. */
export function variantOptions(command: Command): Command {
  return command
    .addOption(new Option('--target-layers <n,n,...>', 'encoder blocks to reconstruct').argParser(parseIntegers))
    .addOption(wordOption('--scheme <name>', 'what is compared, by name or letter of figure 4: %', SCHEME_WORDS))
    .addOption(
      new Option('--encoder-groups <n,n/n,n>', 'groups of target layers, in place of a scheme').argParser(parseGroups),
    )
    .addOption(new Option('--decoder-groups <n,n/n,n>', 'groups of decoder blocks, last first').argParser(parseGroups))
    .addOption(new Option('--decoder-depth <n>', 'decoder blocks').argParser(parseInteger))
    .addOption(new Option('--decoder-heads <n>', 'attention heads of the decoder').argParser(parseInteger))
    .addOption(wordOption('--attention <kind>', 'of the decoder: %', ATTENTIONS))
    .addOption(
      new Option('--neighbour-mask <n>', 'leave out n x n patches around a query, with softmax').argParser(
        parseInteger,
      ),
    )
    .addOption(new Option('--dropout <rate>', 'rate of the noisy bottleneck; 0: no noise').argParser(parseNumber))
    .addOption(wordOption('--loss <name>', '% (default: loose)', LOSSES))
    .addOption(new Option('--easy-fraction <p>', 'final share of easy points').argParser(parseNumber))
    .addOption(new Option('--easy-ramp-steps <n>', 'steps over which it rises').argParser(parseInteger))
    .addOption(new Option('--easy-gradient-factor <f>', 'factor on their gradients').argParser(parseNumber))
    .addOption(new Option('--eps <eps>', 'of the optimiser').argParser(parseNumber));
}

/** The options of the library; it refuses what does not go together, with a reason. */
export function readVariant(given: VariantArguments): Partial<TrainerOptions> {
  const { dropout, scheme, attention, loss } = given;
  const { targetLayers, encoderGroups, decoderGroups, decoderDepth, decoderHeads, neighbourMask } = given;
  const { easyFraction, easyRampSteps, easyGradientFactor, eps } = given;
  // The library refuses a word that it does not know and lists those that it does.
  const words = {
    scheme: scheme as ConstraintScheme | SchemeLetter | undefined,
    attention: attention as Attention | undefined,
    loss: loss as Loss | undefined,
  };
  const network = { targetLayers, encoderGroups, decoderGroups, decoderDepth, decoderHeads, neighbourMask };
  return present({
    ...words,
    ...network,
    bottleneckDropout: dropout,
    easyFraction,
    easyRampSteps,
    easyGradientFactor,
    eps,
  });
}
