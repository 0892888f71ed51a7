/** What all functions of the addon share; a part of the seam in types.ts. */

/**
 * Interleaved 8-bit pixels, viewed, and memory that nobody else has: rows of `width * channels` bytes, one after the other, or
 * `stride` apart. `data` ends with the last row.
 */
export interface NativeImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Pictures have 3; masks may have 1 to 4 (the largest channel counts). */
  readonly channels: number;
  /** Bytes from the start of a row to that of the next. Default: those of a row. */
  readonly stride?: number;
}

/** Cooperative stop of the job that was given this object. */
export interface NativeStop {
  /** It rejects with code `ABORTED` at its next poll; at once where it is a score that waits. */
  stop(): void;
  /** The same for a score that waits; true if it did. One that is computed goes on. */
  withdraw(): boolean;
}
