/** What `dinomaly doctor` looks at: versions, the machine, libtorch, and how fast it multiplies. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os';
import { call } from '../binding/call.js';
import { binding, bindingLibtorch, bindingPath, cudaLibrary } from '../binding/load.js';
import type { NativeMachine } from '../binding/types.js';
import { pictureLibraries } from '../image/encode.js';
import { type Device, resolveDevice } from '../options/device.js';
import { packageVersion } from '../package.js';
import { weightsFolder } from '../weights/cache.js';
import { memoryLimit } from './inspect-presets.js';
import { describeError } from './output.js';

/** A GPU as the driver tells it. */
export interface Gpu {
  readonly name: string;
  readonly memory: string;
  readonly driver: string;
}

/** The addon and what it runs on. */
export interface EngineFacts {
  readonly addon: string;
  readonly libtorch: { readonly version: string; readonly root: string; readonly cuda: boolean };
  /** Whether what must be compiled against CUDA lies beside the addon. */
  readonly cudaLibrary: boolean;
  /** What `device: 'auto'` takes. */
  readonly device: Device;
  /** On that device. */
  readonly fp32: NativeMachine;
  readonly bf16: NativeMachine;
}

/** All that is known without a model. */
export interface Facts {
  readonly versions: Readonly<Record<string, string>>;
  readonly processor: {
    readonly model: string;
    /** Cores that this process may use. */
    readonly cores: number;
    /** Processors that the container may use, if that is limited: 1.5 is one and a half. */
    readonly quota: number | null;
    /** Processes that ran or waited to run over the last minute, mean. */
    readonly load: number;
  };
  /** Bytes; `limit` is the container's. */
  readonly memory: { readonly total: number; readonly free: number; readonly limit: number | null };
  /** Environment variables that change how it runs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Null: there is no NVIDIA driver. */
  readonly gpus: readonly Gpu[] | null;
  /** Why it cannot run, in place of what it runs on. */
  readonly engine: EngineFacts | { readonly failure: string };
  readonly weights: { readonly folder: string; readonly files: readonly string[] };
}

const VARIABLES = [
  'DINOMALY_LIBTORCH',
  'OMP_NUM_THREADS',
  'OMP_WAIT_POLICY',
  'GOMP_SPINCOUNT',
  'UV_THREADPOOL_SIZE',
  'CUDA_VISIBLE_DEVICES',
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'XDG_CACHE_HOME',
];

/** The processors that `cpu.max` of a control group allows: `quota period`, or `max period`. */
export function parseQuota(text: string): number | null {
  const [quota, period] = text.trim().split(/\s+/).map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null;
}

function readQuota(): number | null {
  try {
    const group = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
    // In a container the group is seen as the root.
    for (const file of [`/sys/fs/cgroup${group}/cpu.max`, '/sys/fs/cgroup/cpu.max']) {
      try {
        return parseQuota(readFileSync(file, 'utf8'));
      } catch {
        // The next one.
      }
    }
  } catch {
    // A system without control groups limits nothing.
  }
  return null;
}

/** The GPUs that `nvidia-smi` lists. */
export function parseGpus(text: string): Gpu[] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 3)
    .map(([name = '', memory = '', driver = '']) => ({ name, memory, driver }));
}

function readGpus(): Gpu[] | null {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? parseGpus(stdout) : null;
}

function readWeights(): Facts['weights'] {
  const folder = weightsFolder();
  try {
    return { folder, files: readdirSync(folder).filter((name) => /\.(?:pth|safetensors)$/.test(name)) };
  } catch {
    return { folder, files: [] };
  }
}

async function readEngine(): Promise<Facts['engine']> {
  try {
    const native = binding();
    const device = resolveDevice('auto', 'device', () => native.cudaAvailable());
    const measure = (precision: 'fp32' | 'bf16'): Promise<NativeMachine> =>
      call(() => native.measureMachine({ device, precision }));
    const [fp32, bf16] = [await measure('fp32'), await measure('bf16')];
    const { version = '', root = '', cuda = false } = bindingLibtorch() ?? {};
    const addon = bindingPath() ?? '';
    const beside = cudaLibrary(addon) !== undefined;
    return { addon, libtorch: { version, root, cuda }, cudaLibrary: beside, device, fp32, bf16 };
  } catch (error) {
    return { failure: describeError(error) };
  }
}

function glibc(): string {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime ?? 'none';
}

/** Looks at everything; takes about two seconds. */
export async function readFacts(): Promise<Facts> {
  // Before the measurement, which is a load itself.
  const load = loadavg()[0] ?? 0;
  const set = VARIABLES.map((name) => [name, process.env[name]] as const);
  return {
    versions: { dinomaly: packageVersion(), node: process.versions.node, glibc: glibc(), ...pictureLibraries() },
    processor: { model: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), quota: readQuota(), load },
    memory: { total: totalmem(), free: freemem(), limit: memoryLimit() },
    environment: Object.fromEntries(set.filter((pair): pair is [string, string] => pair[1] !== undefined)),
    gpus: readGpus(),
    engine: await readEngine(),
    weights: readWeights(),
  };
}
