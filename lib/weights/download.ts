/**
 * Brings the bytes of one URL into a part: from where it ends if the server still has the same file, else from the start;
 * again after failures that pass. What comes out is whole and hashed; whether it is the right file is the caller's question.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DinomalyError } from '../errors.js';
import { readPieces } from '../read.js';
import { cacheWriteFailure } from './cache.js';
import { checkAnswer, checkHead, contentRange, HEAD, integer, strongEtag } from './content.js';
import { type Answer, type Client, destroy, networkTrouble, Trouble } from './http.js';
import { bootId, type Origin, type Part, readOrigin, sizeOf, writeOrigin } from './part.js';

/** What to bring, and what is known of it. */
export interface Wanted {
  readonly url: string;
  readonly bytes: number | null;
  /** SHA-256, or its beginning. */
  readonly sha256: string | null;
}

/** What surrounds a download. */
export interface Surroundings {
  readonly client: Client;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (received: number, total: number | null) => void;
  readonly log: (line: string) => void;
  /** Milliseconds before the first repetition; each further one waits twice as long. */
  readonly retryMs: number;
}

const MIB = 1024 * 1024;
const MOST_FAILURES = 4;

/** One part being filled. */
export class Download {
  readonly #part: Part;
  readonly #wanted: Wanted;
  readonly #around: Surroundings;
  readonly #file: FileHandle;
  #origin: Origin | undefined;
  #received = 0;
  #hash: Hash = createHash('sha256');

  private constructor(part: Part, wanted: Wanted, around: Surroundings, file: FileHandle) {
    this.#part = part;
    this.#wanted = wanted;
    this.#around = around;
    this.#file = file;
  }

  /** Opens a part; what is in it already counts where it can be trusted. */
  static async open(part: Part, wanted: Wanted, around: Surroundings): Promise<Download> {
    const file = await open(part.data, 'a+').catch((error: unknown) => {
      throw cacheWriteFailure(part.data, error);
    });
    const download = new Download(part, wanted, around, file);
    try {
      await download.#readPart();
      return download;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Bytes that are there. */
  get received(): number {
    return this.#received;
  }

  async #readPart(): Promise<void> {
    const origin = await readOrigin(this.#part);
    const size = sizeOf(this.#part);
    const named = origin !== undefined && (origin.etag ?? origin.lastModified) !== null;
    // Without a checksum nothing would tell that bytes were lost in a power cut.
    const safe = !this.#part.orphan || this.#wanted.sha256 !== null || origin?.boot === bootId();
    if (!named || !safe || origin.url !== this.#wanted.url || size > (origin.total ?? size)) {
      await this.restart();
      return;
    }
    for await (const piece of readPieces(this.#part.data, { signal: this.#around.signal })) {
      this.#hash.update(piece);
      this.#received += piece.length;
    }
    this.#origin = origin;
  }

  /** Forgets the bytes that are there. */
  async restart(): Promise<void> {
    this.#origin = undefined;
    this.#received = 0;
    this.#hash = createHash('sha256');
    // Empty is what it mostly is, and what cannot be cut to a length then needs not.
    if (sizeOf(this.#part) > 0) {
      await this.#file.truncate(0);
    }
  }

  /**
   * Brings what is missing.
   *
   * @returns the SHA-256 of the whole
   * @throws Trouble when it does not come; DinomalyError `FILE_WRITE`, `WEIGHTS_CHECKSUM`; the signal's reason
   */
  async run(): Promise<string> {
    const { signal, log, retryMs } = this.#around;
    for (let failures = 0; !this.#whole(); ) {
      const before = this.#received;
      try {
        await this.#attempt();
        break;
      } catch (error) {
        if (!(error instanceof Trouble)) {
          throw error;
        }
        // A line that breaks now and then but moves on is none to give up.
        failures = this.#received - before >= MIB ? 1 : failures + 1;
        if (!error.retry || failures >= MOST_FAILURES) {
          throw error;
        }
        const wait = error.waitMs ?? retryMs * 2 ** (failures - 1) * (0.75 + Math.random() / 2);
        log(`${error.message}; again in ${(wait / 1000).toFixed(1)} s`);
        await sleep(wait, undefined, { signal }).catch(() => signal?.throwIfAborted());
      }
    }
    await this.#checkWhole();
    return this.#hash.digest('hex');
  }

  /** Puts the bytes on the disk and closes the file. */
  async close(): Promise<void> {
    try {
      await this.#file.sync();
    } catch (error) {
      // What cannot be synced is no regular file.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') {
        throw cacheWriteFailure(this.#part.data, error);
      }
    } finally {
      await this.#file.close();
    }
  }

  #whole(): boolean {
    const total = this.#origin?.total ?? null;
    return total !== null && this.#received === total;
  }

  async #checkWhole(): Promise<void> {
    const head = Buffer.alloc(HEAD);
    const { bytesRead } = await this.#file.read(head, 0, HEAD, 0);
    try {
      checkHead(head.subarray(0, bytesRead));
    } catch (error) {
      await this.restart();
      throw error;
    }
    this.#checkSize(this.#received);
  }

  #checkSize(bytes: number | null): void {
    const wanted = this.#wanted.bytes;
    if (wanted !== null && bytes !== null && bytes !== wanted) {
      const message = `${this.#wanted.url} has ${bytes} bytes where ${wanted} were published: the file was replaced`;
      throw new DinomalyError('WEIGHTS_CHECKSUM', `${message}, or this is not it. Nothing of it was kept.`);
    }
  }

  async #attempt(): Promise<void> {
    const answer = await this.#ask();
    try {
      if (answer.status === 416) {
        await this.restart();
        throw new Trouble('the server does not have that part of the file', { retry: true, waitMs: 0 });
      }
      checkAnswer(answer);
      await this.#begin(answer);
      await this.#checkSpace();
      await this.#receive(answer);
    } finally {
      destroy(answer);
    }
  }

  #ask(): Promise<Answer> {
    // Bytes are counted as they lie at the publisher's: no encoding.
    const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'dinomaly' };
    const version = this.#origin?.etag ?? this.#origin?.lastModified;
    if (this.#received > 0 && version) {
      headers.range = `bytes=${this.#received}-`;
      headers['if-range'] = version;
    }
    return this.#around.client.get(this.#wanted.url, headers, this.#around.signal);
  }

  /** Makes the part ready for the body of an answer: the rest of the file, or all of it. */
  async #begin(answer: Answer): Promise<void> {
    const etag = strongEtag(answer);
    if (answer.status === 206) {
      const { start, total } = contentRange(answer);
      const { etag: before = null, total: length = null } = this.#origin ?? {};
      const same = (etag ?? before) === before && (total ?? length) === length;
      if (this.#received === 0 || start !== this.#received || !same) {
        await this.restart();
        throw new Trouble('the server sent another part than was asked for', { retry: true, waitMs: 0 });
      }
      this.#around.log(`going on at ${(this.#received / MIB).toFixed(1)} MiB`);
      return;
    }
    if (this.#received > 0) {
      this.#around.log('the server sends the file from its start, or a new one');
    }
    const total = integer(answer.header('content-length'));
    await this.restart();
    this.#checkSize(total);
    const lastModified = answer.header('last-modified') ?? null;
    this.#origin = { url: this.#wanted.url, etag, lastModified, total, boot: bootId() };
    await writeOrigin(this.#part, this.#origin);
  }

  async #checkSpace(): Promise<void> {
    const missing = (this.#origin?.total ?? this.#received) - this.#received;
    const { bavail, bsize, blocks } = await statfs(this.#part.folder);
    // Some file systems do not count blocks.
    if (blocks > 0 && bavail * bsize < missing) {
      const [needed, free] = [missing, bavail * bsize].map((bytes) => Math.ceil(bytes / MIB));
      const remedy = 'free some, or let XDG_CACHE_HOME name a folder elsewhere';
      const message = `${this.#part.folder} needs ${needed} MiB more, and the disk has ${free}: ${remedy}`;
      throw new DinomalyError('FILE_WRITE', message);
    }
  }

  async #receive(answer: Answer): Promise<void> {
    const { signal, onBytes } = this.#around;
    const total = this.#origin?.total ?? null;
    onBytes(this.#received, total);
    const body = answer.body[Symbol.asyncIterator]();
    for (;;) {
      const next = await body.next().catch((error: unknown) => {
        signal?.throwIfAborted();
        throw networkTrouble(error, this.#wanted.url);
      });
      if (next.done === true) {
        break;
      }
      await this.#write(next.value as Buffer);
      onBytes(this.#received, total);
    }
    if (total !== null && this.#received < total) {
      throw new Trouble('the connection ended before the file did', { retry: true });
    }
  }

  async #write(chunk: Buffer): Promise<void> {
    try {
      if (this.#received === 0 && chunk.length >= HEAD) {
        checkHead(chunk.subarray(0, HEAD));
      }
      await this.#file.writeFile(chunk);
    } catch (error) {
      throw error instanceof Trouble ? error : cacheWriteFailure(this.#part.data, error);
    }
    this.#received += chunk.length;
    this.#hash.update(chunk);
  }
}
