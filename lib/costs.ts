/** What a network costs: parameters and multiply-accumulates as Table 4 of the paper counts them. */
import { call } from './binding/call.js';
import { binding } from './binding/load.js';
import { isRecord, wrongKind } from './check.js';
import { type DescribedNetwork, describeOptions, type NetworkOptions } from './options/trainer.js';

/** Costs of a network. */
export interface Costs {
  /** All parameters: encoder, with the blocks that never run, bottleneck and decoder. */
  readonly parameters: number;
  /**
   * Multiply-accumulates of one picture, through the blocks that run: linear layers and convolutions by their products,
   * layer norms 2 and activations 1 an element; products between tokens are left out, as in the paper.
   */
  readonly macs: number;
}

function isDescribed(what: unknown): what is DescribedNetwork {
  return typeof what === 'object' && what !== null && 'config' in what && 'geometry' in what;
}

/**
 * Counts the parameters and the multiply-accumulates of a network (paper, Table 4), on tensors without data: nothing is
 * computed. Its weights are laid out in memory for a moment.
 *
 * @param what - a `Model` or a `Trainer`; or options as for `Trainer.create`, of which nothing has to be given
 * @throws TypeError, RangeError naming the option at fault
 */
export async function countCosts(what: DescribedNetwork | NetworkOptions = {}): Promise<Costs> {
  if (!isDescribed(what) && !isRecord(what)) {
    throw wrongKind('a Model, a Trainer or options', 'what', what);
  }
  const { config, geometry } = isDescribed(what) ? what : describeOptions(what);
  const { parameters, macs } = await call(() => binding().countCosts(config, geometry));
  return { parameters, macs };
}
