/** Which weights an encoder of `dinomaly train` starts from, and where the published ones are. */
import type { EncoderName, EncoderOptions } from '../index.js';
import { DEFAULT_ENCODER } from '../options/encoders.js';

const SITE = 'https://dl.fbaipublicfiles.com/dinov2';

const PUBLISHED: Readonly<Record<EncoderName, string>> = {
  dinov2_vit_small_14: 'dinov2_vits14/dinov2_vits14_pretrain.pth',
  dinov2_vit_base_14: 'dinov2_vitb14/dinov2_vitb14_pretrain.pth',
  dinov2_vit_large_14: 'dinov2_vitl14/dinov2_vitl14_pretrain.pth',
  dinov2reg_vit_small_14: 'dinov2_vits14/dinov2_vits14_reg4_pretrain.pth',
  dinov2reg_vit_base_14: 'dinov2_vitb14/dinov2_vitb14_reg4_pretrain.pth',
  dinov2reg_vit_large_14: 'dinov2_vitl14/dinov2_vitl14_reg4_pretrain.pth',
};

/** What the command line says of weights. */
export interface WeightsArguments {
  readonly weights?: string;
  readonly untrained?: boolean;
}

/**
 * The `weights` option of the library: a file, or null for a seeded untrained encoder. An encoder of one's own has no
 * published weights, so it may go without; a named one is only taken untrained when that is asked for.
 *
 * @param encoder - the library's `encoder` option
 * @param fail - ends the command as a usage error
 */
export function readWeights(
  given: WeightsArguments,
  encoder: EncoderName | EncoderOptions | undefined,
  fail: (message: string) => never,
): string | null {
  if (given.weights !== undefined && given.untrained === true) {
    return fail('--weights and --untrained exclude each other');
  }
  // The library refuses a name that is not in the table and lists those it knows.
  const name = encoder ?? DEFAULT_ENCODER;
  const missing = given.weights === undefined && given.untrained !== true;
  if (missing && typeof name === 'string' && Object.hasOwn(PUBLISHED, name)) {
    const url = `${SITE}/${PUBLISHED[name]}`;
    return fail(
      `the encoder ${name} needs --weights FILE; its official weights are at\n${url}\n` +
        '(--untrained takes a random encoder instead, to try the pipeline)',
    );
  }
  return given.weights ?? null;
}
