// Holds the picture pipeline (decoding in lib/image, resize and crop in the core) against what Pillow made of the same
// files. Equality is exact: the pipeline is integer arithmetic until the last step.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const MEAN = [0.485, 0.456, 0.406].map(Math.fround);
const DEVIATION = [0.229, 0.224, 0.225].map(Math.fround);

/**
 * @typedef {{dtype: string, shape: number[], data: Float32Array | Uint8Array}} Tensor
 * @typedef {{name: string, different: number, largest: number}} Comparison values that differ, and by how much at most
 * @typedef {import('../lib/binding/types.js').NativeBinding} NativeBinding
 * @typedef {import('../lib/binding/types.js').NativeImage} NativeImage
 */

/**
 * @param {string} file a safetensors file of F32 and U8 tensors
 * @returns {Map<string, Tensor>}
 */
export function readTensors(file) {
  const bytes = readFileSync(file);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  const start = bytes.byteOffset + 8 + headerLength;
  /** @type {Map<string, Tensor>} */
  const tensors = new Map();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (dtype !== 'F32' && dtype !== 'U8') throw new Error(`${file}: ${name} is ${dtype}, neither F32 nor U8`);
    const raw = bytes.buffer.slice(start + offsets[0], start + offsets[1]);
    tensors.set(name, { dtype, shape, data: dtype === 'F32' ? new Float32Array(raw) : new Uint8Array(raw) });
  }
  return tensors;
}

/**
 * Interleaved bytes to normalised planes, in fp32 arithmetic.
 * @param {Uint8Array} pixels
 */
function normalise(pixels) {
  const count = pixels.length / 3;
  const planes = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; ++i) {
    const channel = i % 3;
    const scaled = Math.fround((pixels[i] ?? 0) / 255);
    const centred = Math.fround(scaled - (MEAN[channel] ?? 0));
    planes[channel * count + Math.floor(i / 3)] = Math.fround(centred / (DEVIATION[channel] ?? 1));
  }
  return planes;
}

/**
 * @param {string} name
 * @param {ArrayLike<number>} actual
 * @param {ArrayLike<number>} expected
 * @returns {Comparison}
 */
function compare(name, actual, expected) {
  let different = Math.abs(actual.length - expected.length);
  let largest = different > 0 ? Number.POSITIVE_INFINITY : 0;
  for (let i = 0; i < expected.length; ++i) {
    const error = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    if (error === 0) continue;
    different += 1;
    largest = Math.max(largest, error);
  }
  return { name, different, largest };
}

/**
 * One comparison for each tensor `file@size-crop` of FOLDER/preprocess.safetensors; none when the folder has no such case.
 * @param {string} folder
 * @param {(file: string) => Promise<NativeImage>} decodeImage
 * @param {NativeBinding['prepareImage']} prepareImage
 * @returns {Promise<Comparison[]>}
 */
export async function comparePreprocessing(folder, decodeImage, prepareImage) {
  const file = path.join(folder, 'preprocess.safetensors');
  if (!existsSync(file)) return [];
  const pictures = new Set(readdirSync(path.join(folder, 'preprocess')));
  const left = new Set(pictures);
  const comparisons = [];
  for (const [name, expected] of readTensors(file)) {
    const [, picture = '', size = 0, crop = 0] = name.match(/^(.*)@(\d+)-(\d+)$/) ?? [];
    if (!pictures.has(picture)) throw new Error(`${file} speaks of ${picture}, which is not in ${folder}/preprocess`);
    left.delete(picture);
    const image = await decodeImage(path.join(folder, 'preprocess', picture));
    const pixels = await prepareImage(image, {
      resize: [Number(size), Number(size)],
      crop: [Number(crop), Number(crop)],
      map: [Number(crop), Number(crop)],
      scoreRatio: 0,
    });
    comparisons.push(compare(name, expected.dtype === 'F32' ? normalise(pixels) : pixels, expected.data));
  }
  if (left.size > 0) throw new Error(`${file} does not speak of ${[...left].join(', ')}`);
  return comparisons;
}
