/** Palettes of PNG files, where the numbers of the palette are meant and not its colours. */
import { crc32 } from 'node:zlib';

const SIGNATURE = '\x89PNG\r\n\x1a\n';
/** Length, type and checksum of a chunk. */
const FRAME_BYTES = 12;
/** Place of the colour type in the header, which comes first in every PNG. */
const COLOUR_TYPE = 25;
const PALETTE = 3;

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(FRAME_BYTES + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/** Entry n of the palette is the grey n. */
function ramp(entries: number): Buffer {
  return Buffer.from(Array.from({ length: entries }, (_, at) => [at, at, at]).flat());
}

/** A PNG of a palette with grey in place of its colours: entry n becomes n, and nothing is transparent. Others as they are. */
export function withGreyPalette(png: Uint8Array): Uint8Array {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.length);
  if (bytes.toString('latin1', 0, 8) !== SIGNATURE || bytes[COLOUR_TYPE] !== PALETTE) {
    return png;
  }
  const parts: Buffer[] = [bytes.subarray(0, 8)];
  let at = 8;
  while (at + FRAME_BYTES <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const end = at + FRAME_BYTES + length;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'PLTE') {
      parts.push(chunk(type, ramp(Math.min(256, Math.floor(length / 3)))));
    } else if (type !== 'tRNS') {
      parts.push(bytes.subarray(at, end));
    }
    at = end;
  }
  // What is left of a file that was cut short: the decoder is to see it.
  return Buffer.concat([...parts, bytes.subarray(at)]);
}
