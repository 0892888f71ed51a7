/** Pictures at their own depth: 8 bits, 16 bits or numbers, where 8-bit RGB would lose what is small. */
import type { Metadata, Sharp } from 'sharp';
import type { PictureSize } from './size.js';

/** Interleaved samples of 8 bits, of 16 bits, or of any other depth as floats. */
export interface Samples extends PictureSize {
  readonly data: Uint8Array | Uint16Array | Float32Array;
  /** Samples of a pixel, alpha among them. */
  readonly channels: number;
  /** The last channel is alpha. */
  readonly alpha: boolean;
  /** The file names its colours in a palette. */
  readonly palette: boolean;
}

/** Names that sharp has for what comes out: a space and a depth that change no value. */
function spaceOf({ depth, channels, hasAlpha }: Metadata): { readonly space: string; readonly depth: string } {
  const grey = channels <= 2;
  if (depth === 'uchar') {
    // sharp drops the alpha of 8-bit grey in its own space.
    return { space: grey && !hasAlpha ? 'b-w' : 'srgb', depth };
  }
  if (depth === 'ushort') {
    return { space: grey ? 'grey16' : 'rgb16', depth };
  }
  return { space: grey ? 'b-w' : 'srgb', depth: 'float' };
}

function view(data: Buffer, depth: string): Samples['data'] {
  if (depth === 'uchar') {
    // Not the Buffer: its slices share its memory.
    return new Uint8Array(data.buffer, data.byteOffset, data.length);
  }
  // Copied: the bytes of a Buffer need not be aligned.
  const { buffer } = Uint8Array.from(data);
  return depth === 'ushort' ? new Uint16Array(buffer) : new Float32Array(buffer);
}

/** Decodes a picture at its own depth. */
export async function decodeSamples(pipeline: Sharp): Promise<Samples> {
  const header = await pipeline.metadata();
  const { space, depth } = spaceOf(header);
  const raw = pipeline.toColourspace(space).raw({ depth: depth as 'uchar' });
  const { data, info } = await raw.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const alpha = header.hasAlpha && (channels === 2 || channels === 4);
  return { data: view(data, depth), width, height, channels, alpha, palette: header.isPalette };
}
