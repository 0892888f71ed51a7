/** What must be said wherever a model without a trained encoder judges. */
import type { Model } from '../index.js';

/** The warning for a model that was trained over a random encoder; none for others. */
export function untrainedWarning({ encoder, training }: Pick<Model, 'encoder' | 'training'>): string | undefined {
  return encoder.sha256 === null && training !== null
    ? 'This model is a trial: its encoder is untrained, so do not rely on its verdicts. Train with the weights of an encoder.'
    : undefined;
}
