/** Where the work runs. */
import { unknownWord, wrongKind } from '../check.js';
import type { DeviceOption } from './types.js';

/** A device that `'auto'` has been resolved to. */
export type Device = Exclude<DeviceOption, 'auto'>;

// libtorch counts devices from 0 to 127.
const PATTERN = /^(?:auto|cpu|cuda|cuda:(?:\d|[1-9]\d|1[01]\d|12[0-7]))$/;
const WORDS = ['auto', 'cpu', 'cuda', 'cuda:<index>'];

/**
 * Checks a `device` option and resolves `'auto'`.
 *
 * @param cudaAvailable - asked for `'auto'` only
 */
export function resolveDevice(value: unknown, path: string, cudaAvailable: () => boolean): Device {
  const device = value === undefined ? 'auto' : value;
  if (typeof device !== 'string') {
    throw wrongKind("'auto', 'cpu', 'cuda' or 'cuda:<index>'", path, value);
  }
  if (!PATTERN.test(device)) {
    throw unknownWord(path, value, WORDS, device.replace(/^gpu/i, 'cuda'));
  }
  if (device === 'auto') {
    return cudaAvailable() ? 'cuda' : 'cpu';
  }
  return device as Device;
}
