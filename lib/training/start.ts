/** The native trainer that `Trainer.create` starts from: weights read, or drawn. */
import { Follower } from '../abort.js';
import { call } from '../binding/call.js';
import type { NativeBinding, NativeTrainer } from '../binding/types.js';
import { suggesting } from '../encoders/recognise.js';
import { encoderHints } from '../options/infer.js';
import type { CheckedTrainer } from '../options/trainer.js';
import type { EncoderSource, ModelConfig } from '../options/types.js';
import { hashFile } from '../read.js';

/** A native trainer, its network, and where its encoder came from. */
export interface StartedTrainer {
  readonly native: NativeTrainer;
  readonly config: ModelConfig;
  readonly source: EncoderSource;
}

const discard = (late: NativeTrainer): void => late.dispose();

/**
 * Reads the weights and hashes their file at once. The first failure, or the abort, stops the other and waits for it: a
 * trainer that nobody gets is freed.
 */
async function readAndHash(
  path: string,
  leader: AbortSignal | undefined,
  create: (signal: AbortSignal) => Promise<NativeTrainer>,
): Promise<readonly [NativeTrainer, string]> {
  const follower = new Follower(leader);
  const { signal } = follower;
  const stopOther = (error: unknown): never => {
    follower.abort(error);
    throw error;
  };
  const work = [
    create(signal).catch(stopOther),
    hashFile(path, { what: 'the weights file', signal }).catch(stopOther),
  ] as const;
  const [made, hashed] = await Promise.allSettled(work);
  follower.release();
  if (made.status === 'fulfilled' && hashed.status === 'fulfilled') {
    return [made.value, hashed.value];
  }
  if (made.status === 'fulfilled') {
    discard(made.value);
  }
  throw signal.reason;
}

/**
 * Creates the native trainer.
 *
 * @throws DinomalyError `FILE_READ`, `WEIGHTS_FORMAT`, `WEIGHTS_MISMATCH`, `WEIGHTS_NOT_FINITE`, `DEVICE_UNAVAILABLE`;
 * the reason of `checked.signal`
 */
export async function startTrainer(binding: NativeBinding, checked: CheckedTrainer): Promise<StartedTrainer> {
  const { weights, geometry, training, choice, signal } = checked;
  const create = (config: ModelConfig, own: AbortSignal | undefined): Promise<NativeTrainer> =>
    call((stop) => binding.createTrainer(config, geometry, weights, training, stop), { signal: own, discard });
  if (weights === null) {
    const config = checked.network({});
    return { native: await create(config, signal), config, source: { name: choice.name, sha256: null } };
  }
  const info = await call(() => binding.inspectFile(weights), { signal });
  const config = checked.network(encoderHints(info, weights));
  const [native, sha256] = await readAndHash(weights, signal, (own) => create(config, own).catch(suggesting(info)));
  return { native, config, source: { name: choice.name, sha256 } };
}
