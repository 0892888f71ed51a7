/** Safetensors files changed for tests. */
import { readFileSync, writeFileSync } from 'node:fs';

/** One tensor of a file: its head as the file has it, without its place. */
export interface FileTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

/** Writes `file` again with `change` made to its tensors. */
export function changeTensors(file: string, change: (tensors: Map<string, FileTensor>) => void): void {
  const whole = readFileSync(file);
  const start = 8 + Number(whole.readBigUInt64LE(0));
  const head: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    whole.toString('utf8', 8, start),
  );
  const { __metadata__: metadata, ...entries } = head;
  const tensors = new Map(
    Object.entries(entries).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]): [string, FileTensor] => [
        name,
        { dtype, shape, bytes: Buffer.from(whole.subarray(start + from, start + to)) },
      ],
    ),
  );
  change(tensors);
  let offset = 0;
  const places = Array.from(tensors, ([name, { dtype, shape, bytes }]) => {
    const from = offset;
    offset += bytes.length;
    return [name, { dtype, shape, data_offsets: [from, offset] }];
  });
  const text = JSON.stringify({ ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(places) });
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(file, Buffer.concat([length, header, ...Array.from(tensors.values(), ({ bytes }) => bytes)]));
}
