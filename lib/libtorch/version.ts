/**
 * Which libtorch the package is built for, which others serve, and how the version of a folder is read. Nothing here
 * searches or fetches.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version that is fetched, tested and published against. */
export const LIBTORCH_PIN = '2.13.0';

/** The oldest version that the sources compile with. */
export const LIBTORCH_OLDEST = '2.11';

/** CUDA release of the CUDA build that is fetched, as PyTorch spells it in version tags. */
export const LIBTORCH_CUDA_TAG = 'cu130';

/** A set of versions, and its words for messages. */
export interface VersionRange {
  readonly text: string;
  includes(version: string): boolean;
}

/** A folder that holds a libtorch: `lib/`, and `include/` when it can be built against. */
export interface Libtorch {
  readonly root: string;
  /** Three numbers, without the build's tag. */
  readonly version: string;
  readonly cuda: boolean;
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0);
}

/** Negative when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const left = numbers(a);
  const right = numbers(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

/** What an addon built against `version` runs with: the same major and minor, since libtorch's C++ ABI holds no longer. */
export function runsWith(version: string): VersionRange {
  const minor = version.split('.').slice(0, 2).join('.');
  return { text: `${minor}.x`, includes: (other) => other.split('.').slice(0, 2).join('.') === minor };
}

/** What the sources compile with. */
export function buildsWith(oldest: string = LIBTORCH_OLDEST): VersionRange {
  return { text: `${oldest} or newer`, includes: (other) => compareVersions(other, oldest) >= 0 };
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** The version of the libtorch in `root`, or `undefined` when the folder does not tell. */
export function readVersion(root: string): string | undefined {
  // A wheel has version.py, the plain archive has build-version, and both have the header.
  const python = readIfThere(join(root, 'version.py'))?.match(/^__version__\s*=\s*'(\d+\.\d+\.\d+)/m)?.[1];
  const plain = readIfThere(join(root, 'build-version'))?.match(/^(\d+\.\d+\.\d+)/)?.[1];
  if (python !== undefined || plain !== undefined) {
    return python ?? plain;
  }
  const header = readIfThere(join(root, 'include/torch/headeronly/version.h'));
  return header?.match(/define TORCH_VERSION\s*\\?\s*"(\d+\.\d+\.\d+)/)?.[1];
}

const LIBRARIES = ['lib/libtorch.so', 'lib/libtorch_cpu.so', 'lib/libc10.so'];

/** What keeps the folder from being a whole libtorch, or `undefined` when nothing does. */
export function missingPart(root: string, headers: boolean): string | undefined {
  const parts = headers ? [...LIBRARIES, 'include/ATen/ATen.h'] : LIBRARIES;
  return parts.find((part) => !existsSync(join(root, part)));
}

/** The libtorch in `root`. The caller has made sure that it is whole. */
export function describe(root: string, version: string): Libtorch {
  return { root, version, cuda: existsSync(join(root, 'lib/libtorch_cuda.so')) };
}
