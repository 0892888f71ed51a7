/** What all functions of the addon share; a part of the seam in types.ts. */

/** Interleaved 8-bit pixels, viewed, and memory that nobody else has: `data.length === width * height * channels`. */
export interface NativeImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Pictures have 3; masks may have 1 to 4 (the largest channel counts). */
  readonly channels: number;
}

/** Cooperative stop: `stop()` makes each job that was given this object reject with code `ABORTED` at its next poll. */
export interface NativeStop {
  stop(): void;
}
