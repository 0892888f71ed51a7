/** Who takes part in a benchmark, and whether a rival computes what ours computes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Runner } from './measure.js';
import type { Prepared } from './prepare.js';
import { Side } from './side.js';

/** Most that a rival's map may differ from ours in fp32, as root mean square. A network that computes otherwise is no rival. */
const MAP_ERRORS: Readonly<Record<string, number>> = { fp32: 1e-4, bf16: 0.02, int8: 0.1 };

export interface Absent {
  readonly side: string;
  readonly reason: string;
}

/** The package in a process of its own, in one precision. */
export function startOurs(precision: string, { model, pictures, side }: Prepared): Promise<Side> {
  const program = path.join(__dirname, 'ours.mjs');
  return Side.start(`ours-${precision}`, process.execPath, [program, precision, model, pictures, String(side)]);
}

/** What the rivals' network is made of; undefined for an encoder that it cannot stand for. */
function rivalShape({ config, size }: Prepared): object | undefined {
  const { encoder, targetLayers, decoderDepth, decoderHeads } = config;
  const { dim, heads, patch, registers } = encoder;
  if (encoder.family !== 'vit' || !encoder.layerScale || encoder.mlp !== 'gelu') return undefined;
  return { dim, heads, patch, registers, crop: size[0], targets: targetLayers, decoderDepth, decoderHeads };
}

async function startRival(name: string, prepared: Prepared): Promise<Side | Absent> {
  const shape = rivalShape(prepared);
  if (shape === undefined) return { side: name, reason: 'its network is a plain ViT with LayerScale, as DINOv2' };
  const program = path.join(__dirname, name.startsWith('onnx-') ? 'onnx_rival.py' : 'rivals.py');
  return Side.start(name, 'python3', [program, name, prepared.model, prepared.crops, JSON.stringify(shape)]);
}

async function mapOf(side: Side, folder: string): Promise<Float32Array | string> {
  const file = path.join(folder, `${side.name}.map`);
  const { failed } = await side.ask(`map ${file}`);
  if (failed !== undefined) return String(failed);
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function rootMeanSquare(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Math.sqrt(a.reduce((sum, value, index) => sum + (value - (b[index] ?? Number.NaN)) ** 2, 0) / a.length);
}

/**
 * Starts ours in each precision and the rivals, compares the maps of one picture, and leaves out who is not there or computes
 * something else. Those of one precision come one after the other, so that their turns are close to each other.
 */
export async function startSides(
  prepared: Prepared,
  precisions: readonly string[],
  rivals: readonly string[],
  say: (text: string) => void,
): Promise<{ readonly runners: Runner[]; readonly absent: Absent[] }> {
  const folder = path.dirname(prepared.model);
  const reference = await startOurs('fp32', prepared);
  const expected = await mapOf(reference, folder);
  reference.stop();
  if (typeof expected === 'string') throw new Error(`ours does not run: ${reference.absent ?? expected}`);

  const runners: Runner[] = [];
  const absent: Absent[] = [];
  const take = async (ours: boolean, name: string, started: Promise<Side | Absent>): Promise<void> => {
    say(`${name} ...`);
    const side = await started;
    if (!(side instanceof Side)) return void absent.push(side);
    if (side.absent !== undefined) return void absent.push({ side: name, reason: side.absent });
    const precision = String(side.hello.precision ?? name.split('-')[1]);
    const map = await mapOf(side, folder);
    const error = typeof map === 'string' ? map : rootMeanSquare(map, expected);
    if (typeof error === 'number' && (ours || error <= (MAP_ERRORS[precision] ?? 0))) {
      runners.push({ side, ours, precision, mapError: error });
      return;
    }
    side.stop();
    absent.push({
      side: name,
      reason: typeof error === 'string' ? error : `its map differs from ours by ${error.toPrecision(2)}`,
    });
  };
  const known = [...new Set([...precisions, 'fp32', 'bf16', 'int8'])];
  for (const precision of known) {
    if (precisions.includes(precision)) await take(true, `ours-${precision}`, startOurs(precision, prepared));
    for (const name of rivals.filter((rival) => rival.endsWith(`-${precision}`))) {
      await take(false, name, startRival(name, prepared));
    }
  }
  return { runners, absent };
}
