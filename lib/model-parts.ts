/** What a model is made of, and how a file becomes it. */
import { call } from './binding/call.js';
import { binding } from './binding/load.js';
import type { NativeImage, NativeModel, NativeStop } from './binding/types.js';
import { traced } from './diagnostics.js';
import { suggesting } from './encoders/recognise.js';
import type { Decoding } from './image/decoding.js';
import type { TakenImage } from './image/input.js';
import { decodeTaken } from './image.js';
import { type Device, resolveDevice } from './options/device.js';
import { type CheckedLoad, describeModel, type ModelDescription } from './options/load.js';
import { oriented } from './options/model.js';
import type { Precision } from './options/types.js';
import { type NetworkScore, toNetworkScore } from './scoring.js';
import { identifyFile, ModelSource } from './weights/model-source.js';

/** The parts of a model, of a file or of a trainer. */
export interface ModelParts {
  readonly native: NativeModel;
  readonly description: ModelDescription;
  readonly device: Device;
  readonly precision: Precision;
  /** How pictures are decoded. */
  readonly decoding: Decoding;
  /** Most scores that run or wait. */
  readonly maxQueued: number;
  /** The file it was loaded from; null for a trainer's. */
  readonly source: ModelSource | null;
}

/** Reads a model file. */
export async function loadParts(file: string, checked: CheckedLoad): Promise<ModelParts> {
  const { precision, maxQueued, signal, shape } = checked;
  const native = binding();
  const device = resolveDevice(checked.device, 'options.device', () => native.cudaAvailable());
  // Before it is read: what replaces it meanwhile counts as another file.
  const identity = await identifyFile(file);
  const info = await call(() => native.inspectFile(file), { signal });
  const described = describeModel(info, file, shape);
  const { config } = described;
  const orientation = checked.orientation ?? described.geometry.orientation ?? 'ignore';
  const decoding = { ...checked.decoding, orientation };
  const geometry = oriented(described.geometry, orientation);
  const description = { ...described, geometry };
  const loaded = await call((stop) => native.loadModel(file, config, geometry, { device, precision }, stop), {
    signal,
    discard: (late) => late.dispose(),
  }).catch(suggesting(info));
  const source = ModelSource.of(file, identity, info);
  return { native: loaded, description, device, precision, decoding, maxQueued, source };
}

/** What is asked of the network about a picture. */
export type Ask<T> = (native: NativeModel, pixels: NativeImage, stop: NativeStop | undefined) => Promise<T>;

/** Decodes a picture and asks; rejects with `DisposedError` when the model is disposed of meanwhile. */
export async function askNetwork<T>(
  { native, decoding }: ModelParts,
  image: TakenImage,
  signal: AbortSignal | undefined,
  ask: Ask<T>,
): Promise<T> {
  const pixels = await decodeTaken(image, { ...decoding, signal });
  return call((stop) => ask(native, pixels, stop), { signal, owner: 'Model' });
}

/** Scores a picture, and tells how long each part took. */
export function scoreParts(
  parts: ModelParts,
  image: TakenImage,
  signal: AbortSignal | undefined,
): Promise<NetworkScore> {
  const { device, precision, description } = parts;
  return traced('dinomaly:score', { image: image.name, device, precision }, () => {
    const started = performance.now();
    return askNetwork(parts, image, signal, async (native, pixels, stop) => {
      const decodeMs = performance.now() - started;
      return toNetworkScore(await native.score(pixels, stop), pixels, description.geometry, decodeMs);
    });
  });
}
