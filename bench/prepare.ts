/** What all sides of a benchmark are given: a model file with random weights, and pictures. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { countCosts, type EncoderName, type ModelConfig, Trainer } from '../lib/index.js';
import { drawnPicture } from './pictures.js';

export interface Prepared {
  readonly encoder: EncoderName;
  readonly config: ModelConfig;
  /** Height and width of the network's input, in pixels. */
  readonly size: readonly number[];
  /** Operations of one picture, in 10^9; a multiply-add counts as two. */
  readonly gflop: number;
  readonly model: string;
  /** uint8 RGB, one picture after the other: whole for ours, and as the network takes them for the rivals. */
  readonly pictures: string;
  readonly crops: string;
  /** Side of the whole pictures, in pixels. */
  readonly side: number;
}

/** Operations of one picture: what Table 4 of the paper counts, and the products between tokens, which it leaves out. */
function gflopOf(
  { encoder, targetLayers, decoderDepth, decoderHeads }: ModelConfig,
  macs: number,
  crop: number,
): number {
  const tokens = (crop / encoder.patch) ** 2 + 1 + encoder.registers;
  const softmax = ((targetLayers.at(-1) ?? 0) + 1) * 2 * tokens * tokens * encoder.dim;
  const linear = (decoderDepth * 2 * tokens * encoder.dim * encoder.dim) / decoderHeads;
  return (2 * (macs + softmax + linear)) / 1e9;
}

/** The middle of a square picture. */
function cropped(data: Uint8Array, side: number, crop: number): Buffer {
  const offset = (side - crop) / 2;
  const rows = Array.from({ length: crop }, (_, row) => {
    const start = 3 * ((offset + row) * side + offset);
    return data.subarray(start, start + 3 * crop);
  });
  return Buffer.concat(rows);
}

/** Writes a random model of the encoder, and `count` pictures, into `folder`. */
export async function prepare(folder: string, encoder: EncoderName, count: number): Promise<Prepared> {
  await using trainer = await Trainer.create({ encoder, weights: null });
  const { config, geometry } = trainer;
  const model = path.join(folder, `${encoder}.safetensors`);
  await trainer.save(model);
  const drawn = Array.from({ length: count }, (_, index) => drawnPicture(index));
  const side = drawn[0]?.info.width ?? 0;
  const crop = geometry.crop[0];
  const [pictures, crops] = [path.join(folder, 'pictures.raw'), path.join(folder, 'crops.raw')];
  const whole = drawn.map(({ data }) => Buffer.from(data));
  writeFileSync(pictures, Buffer.concat(whole));
  writeFileSync(crops, Buffer.concat(whole.map((data) => cropped(data, side, crop))));
  const gflop = gflopOf(config, (await countCosts(trainer)).macs, crop);
  return { encoder, config, size: geometry.crop, gflop, model, pictures, crops, side };
}
