/** How many pictures are decoded at once. */
import { availableParallelism } from 'node:os';

const FEWEST = 2;
/** Of libuv, unless `UV_THREADPOOL_SIZE` says otherwise. */
const POOL_THREADS = 4;

/**
 * As many as have a core and a thread: each holds one of libuv's, which all of the process share, and more than the cores only
 * cost memory.
 */
export function decoderCount(cores: number, poolSize: string | undefined): number {
  const threads = poolSize === undefined ? POOL_THREADS : Number.parseInt(poolSize, 10) || 1;
  return Math.max(FEWEST, Math.min(cores, threads));
}

/** Pictures that this process decodes at once. */
export const DECODERS = decoderCount(availableParallelism(), process.env.UV_THREADPOOL_SIZE);
