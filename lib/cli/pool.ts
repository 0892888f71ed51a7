/**
 * As many of libuv's threads as there are cores, since each picture that is decoded holds one. To be imported first: the number
 * is read when the first thread is needed, and by lib/image. Only a program of its own may set it, and no library.
 */
import { availableParallelism } from 'node:os';

/** Of libuv. */
const DEFAULT_THREADS = 4;

const cores = availableParallelism();
if (cores > DEFAULT_THREADS) {
  process.env.UV_THREADPOOL_SIZE ??= String(cores);
}
