/**
 * The file that a model was loaded from: hashed, and written again with other metadata and the very same tensors. Which file
 * it was is known by its place on the disk, its size and its time stamp; one that has changed since is refused.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, stat } from 'node:fs/promises';
import type { NativeFileInfo } from '../binding/types.js';
import { isRecord } from '../check.js';
import { DinomalyError } from '../errors.js';
import { writeWholeBy } from '../files.js';
import { Gate } from '../gate.js';
import { reasonOf } from '../kinds.js';
import { hasMetadata } from '../options/metadata.js';
import { openFile, piecesOf } from '../read.js';

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
/** As the core's reader has it. */
const LONGEST_HEADER = 100_000_000;

/** Options of `model.save` and `model.weightsHash`. */
export interface FileOptions {
  /** The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What tells a file from another at the same path. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** Header and data of an open safetensors file. */
interface Opened {
  readonly file: FileHandle;
  readonly header: Readonly<Record<string, unknown>>;
  /** Where the data begins. */
  readonly start: number;
}

/** Strings of `__metadata__` to set; null takes one away. */
export type MetadataChanges = Readonly<Record<string, string | null>>;

function unusable(message: string, cause?: unknown): DinomalyError {
  return new DinomalyError('MODEL_SOURCE', message, { cause });
}

function same(a: Identity, b: Identity): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;
}

/** What the file at `path` is now; undefined when it cannot be seen. */
export async function identifyFile(path: string): Promise<Identity | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
}

/**
 * The source of a model that has one.
 *
 * @throws DinomalyError `MODEL_SOURCE` for the model of a trainer
 */
export function sourceOfModel(source: ModelSource | null): ModelSource {
  if (source === null) {
    throw unusable(
      'This model came from trainer.model() and has no file: write one with trainer.save(path, { thresholds: model.thresholds }).',
    );
  }
  return source;
}

async function identify(file: FileHandle): Promise<Identity> {
  const { dev, ino, size, mtimeNs } = await file.stat({ bigint: true });
  return { dev, ino, size, mtimeNs };
}

async function readHeader(file: FileHandle, path: string): Promise<Opened> {
  const damaged = (cause?: unknown): DinomalyError =>
    unusable(`${path} is no safetensors file any more: load the model again from a whole file.`, cause);
  const first = Buffer.alloc(LENGTH_BYTES);
  await file.read(first, 0, LENGTH_BYTES, 0);
  const length = Number(first.readBigUInt64LE());
  if (length > LONGEST_HEADER) {
    throw damaged();
  }
  const text = Buffer.alloc(length);
  const { bytesRead } = await file.read(text, 0, length, LENGTH_BYTES);
  try {
    const header: unknown = JSON.parse(text.toString('utf8', 0, bytesRead));
    if (isRecord(header)) {
      return { file, header, start: LENGTH_BYTES + length };
    }
  } catch (error) {
    throw damaged(error);
  }
  throw damaged();
}

/** The first bytes of the file with its metadata changed. Padded with spaces, so that the data starts at a multiple of 8. */
function rewrite(header: Opened['header'], changes: MetadataChanges): Buffer {
  const strings = isRecord(header.__metadata__) ? header.__metadata__ : {};
  const kept = Object.entries({ ...strings, ...changes }).filter(([, value]) => value !== null);
  kept.sort(([a], [b]) => (a < b ? -1 : 1));
  const json = Buffer.from(JSON.stringify({ ...header, __metadata__: Object.fromEntries(kept) }));
  const padding = (ALIGNMENT - (json.length % ALIGNMENT)) % ALIGNMENT;
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(json.length + padding));
  return Buffer.concat([length, json, Buffer.alloc(padding, ' ')]);
}

/** A model's own file. */
export class ModelSource {
  readonly #path: string;
  /** False for a checkpoint: it has no place for metadata. */
  readonly #writable: boolean;
  readonly #safetensors: boolean;
  #identity: Identity;
  #hash: string | undefined;
  /** One write at a time: each leaves behind what the next one starts from. */
  readonly #gate = new Gate(1);

  private constructor(path: string, identity: Identity, info: NativeFileInfo) {
    this.#path = path;
    this.#identity = identity;
    this.#safetensors = info.format === 'safetensors';
    this.#writable = this.#safetensors && hasMetadata(info.metadata);
  }

  /**
   * The file that was loaded.
   *
   * @param identity - what it was before it was read; undefined where that could not be told
   */
  static of(path: string, identity: Identity | undefined, info: NativeFileInfo): ModelSource | null {
    return identity === undefined ? null : new ModelSource(path, identity, info);
  }

  /**
   * SHA-256 of the tensors' bytes, lower-case hex: the data of a safetensors file, or a whole checkpoint. Computed once.
   *
   * @throws DinomalyError `MODEL_SOURCE` when the file is gone or has changed
   */
  async hash(signal?: AbortSignal): Promise<string> {
    if (this.#hash === undefined) {
      const hash = createHash('sha256');
      await this.#reading(signal, async (file) => {
        const start = this.#safetensors ? (await readHeader(file, this.#path)).start : 0;
        for await (const piece of piecesOf(file, this.#path, start, { signal })) {
          hash.update(piece);
        }
        await this.#checkSame(file);
      });
      this.#hash = hash.digest('hex');
    }
    return this.#hash;
  }

  /**
   * Writes the file to `target`, which may be its own path, with its tensors byte for byte.
   *
   * @throws DinomalyError `FILE_WRITE`; `MODEL_SOURCE` when the file is a checkpoint, is gone or has changed
   */
  save(target: string, changes: MetadataChanges, signal?: AbortSignal): Promise<void> {
    return this.#gate.run(() => this.#save(target, changes, signal), signal);
  }

  async #save(target: string, changes: MetadataChanges, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#writable) {
      throw unusable(
        `${this.#path} is a checkpoint without metadata, which has no place for thresholds: make a model file of it with ` +
          "Trainer.create, the file as both weights and initial and the layers of the model's config, and trainer.save(path, { thresholds }).",
      );
    }
    await this.#reading(signal, async (file) => {
      const written = await this.#copy(file, target, changes, signal);
      const now = await identifyFile(this.#path);
      if (now !== undefined && same(now, written)) {
        // Its own path: the new file has the same tensors, and serves from now on.
        this.#identity = written;
      }
    });
  }

  async #copy(
    file: FileHandle,
    target: string,
    changes: MetadataChanges,
    signal: AbortSignal | undefined,
  ): Promise<Identity> {
    const { header, start } = await readHeader(file, this.#path);
    const write = async (out: FileHandle): Promise<void> => {
      await out.writeFile(rewrite(header, changes));
      for await (const piece of piecesOf(file, this.#path, start, { signal })) {
        await out.writeFile(piece);
      }
      await this.#checkSame(file);
    };
    return writeWholeBy(target, write, signal);
  }

  async #checkSame(file: FileHandle): Promise<void> {
    if (!same(await identify(file), this.#identity)) {
      throw unusable(
        `${this.#path} has changed since this model was loaded from it: load it again, and calibrate anew.`,
      );
    }
  }

  async #reading(signal: AbortSignal | undefined, work: (file: FileHandle) => Promise<void>): Promise<void> {
    signal?.throwIfAborted();
    const { file } = await openFile(this.#path).catch((error: unknown) => {
      const remedy = 'Put it back, or load the model from where it is now.';
      throw unusable(`${reasonOf(error)}. This model was loaded from it. ${remedy}`, error);
    });
    try {
      await this.#checkSame(file);
      await work(file);
    } finally {
      await file.close();
    }
  }
}
