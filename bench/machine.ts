/** What a benchmark ran on. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** Instructions that decide how fast products are. */
const TELLING = /^(?:avx2|fma|avx512(?:f|_bf16|_vnni|_fp16)|avx_vnni|amx_(?:tile|bf16|int8)|asimd|sve2?|bf16|i8mm)$/;

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly instructions: readonly string[];
  readonly memoryGiB: number;
  readonly node: string;
}

export function describeMachine(): Machine {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    instructions: flags.split(' ').filter((flag) => TELLING.test(flag)),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}
