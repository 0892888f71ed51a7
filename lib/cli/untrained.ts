/** What must be said wherever a model without a trained encoder judges. */
import type { Model } from '../index.js';

/** The warning for a model that was trained over a random encoder; none for others. */
export function untrainedWarning({ encoder, training }: Pick<Model, 'encoder' | 'training'>): string | undefined {
  return encoder.sha256 === null && training !== null
    ? 'this model is a trial: its encoder is untrained, so its verdicts are no inspection. Train with the weights of an encoder.'
    : undefined;
}
