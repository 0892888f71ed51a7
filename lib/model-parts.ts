/** What a model is made of, and how a file becomes it. */
import { call } from './binding/call.js';
import { binding } from './binding/load.js';
import type { NativeImage, NativeLoadOptions, NativeModel, NativeStop } from './binding/types.js';
import { suggesting } from './encoders/recognise.js';
import type { Decoding } from './image/decoding.js';
import type { TakenImage } from './image/input.js';
import { decodeTaken } from './image.js';
import { type Device, resolveDevice } from './options/device.js';
import { type CheckedLoad, describeModel, type ModelDescription } from './options/load.js';
import { oriented } from './options/model.js';
import { choosePrecision, type Precision, type PrecisionChoice, type PrecisionOption } from './options/precision.js';
import { type Queue, queueOn } from './options/queue.js';
import { checkOneTile } from './tiled.js';
import { identifyFile, ModelSource } from './weights/model-source.js';

/** The parts of a model, of a file or of a trainer. */
export interface ModelParts {
  readonly native: NativeModel;
  readonly description: ModelDescription;
  readonly device: Device;
  readonly arithmetic: PrecisionChoice;
  /** How pictures are decoded. */
  readonly decoding: Decoding;
  readonly queue: Queue;
  /** The file it was loaded from; null for a trainer's. */
  readonly source: ModelSource | null;
}

/** What a model runs on and in. */
export interface ModelInfo {
  readonly device: Device;
  /** Arithmetic of the network. */
  readonly precision: Precision;
  /** As `precision` was asked for, `'fp32'` where it was not. */
  readonly precisionAsked: PrecisionOption;
  /** Why it is that one, e.g. `'this processor has no AVX512-BF16'`. */
  readonly precisionReason: string;
}

/** Reads a model file. */
export async function loadParts(file: string, checked: CheckedLoad): Promise<ModelParts> {
  const { signal, shape } = checked;
  const native = binding();
  const device = resolveDevice(checked.device, 'options.device', () => native.cudaAvailable());
  const arithmetic = choosePrecision(checked.precision, device, native.precisionSupport);
  // Before it is read: what replaces it meanwhile counts as another file.
  const identity = await identifyFile(file);
  const info = await call(() => native.inspectFile(file), { signal });
  const described = describeModel(info, file, shape);
  const { config } = described;
  const orientation = checked.orientation ?? described.geometry.orientation ?? 'ignore';
  const decoding = { ...checked.decoding, orientation };
  const geometry = oriented(described.geometry, orientation);
  const description = { ...described, geometry };
  const queue = queueOn(device, checked.queue);
  const options = { device, precision: arithmetic.precision, ...batching(queue) };
  const loaded = await call((stop) => native.loadModel(file, config, geometry, options, stop), {
    signal,
    discard: (late) => late.dispose(),
  }).catch(suggesting(info));
  const source = ModelSource.of(file, identity, info);
  return { native: loaded, description, device, arithmetic, decoding, queue, source };
}

/** What the native queue is told. */
export function batching({ maxBatch, maxDelayMs }: Queue): Pick<NativeLoadOptions, 'maxBatch' | 'maxDelayMs'> {
  return { maxBatch, maxDelayMs };
}

/** What is asked of the network about a picture of one tile. */
export type Ask<T> = (native: NativeModel, pixels: NativeImage, stop: NativeStop | undefined) => Promise<T>;

/** Decodes a picture and asks; rejects with `DisposedError` when the model is disposed of meanwhile. */
export async function askNetwork<T>(
  { native, decoding, description }: ModelParts,
  image: TakenImage,
  signal: AbortSignal | undefined,
  ask: Ask<T>,
): Promise<T> {
  const pixels = await decodeTaken(image, { ...decoding, signal });
  checkOneTile(pixels, description.geometry, image.name);
  return call((stop) => ask(native, pixels, stop), { signal, owner: 'Model' });
}
