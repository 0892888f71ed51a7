/** Where the work runs. */
import { outOfRange, wrongKind } from '../check.js';
import type { DeviceOption } from './types.js';

/** A device that `'auto'` has been resolved to. */
export type Device = Exclude<DeviceOption, 'auto'>;

// libtorch counts devices from 0 to 127.
const PATTERN = /^(?:auto|cpu|cuda|cuda:(?:\d|[1-9]\d|1[01]\d|12[0-7]))$/;
const WHAT = "'auto', 'cpu', 'cuda' or 'cuda:<index>'";

/**
 * Checks a `device` option and resolves `'auto'`.
 *
 * @param cudaAvailable - asked for `'auto'` only
 */
export function resolveDevice(value: unknown, path: string, cudaAvailable: () => boolean): Device {
  const device = value === undefined ? 'auto' : value;
  if (typeof device !== 'string') {
    throw wrongKind(WHAT, path, value);
  }
  if (!PATTERN.test(device)) {
    throw outOfRange(WHAT, path, value);
  }
  if (device === 'auto') {
    return cudaAvailable() ? 'cuda' : 'cpu';
  }
  return device as Device;
}
