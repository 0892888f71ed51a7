/** Heads of the files that hold maps of numbers; the numbers follow as they are, little endian, row by row. */

/** Size in pixels and bits of a number: 16 or 32, floating point. */
export interface FloatGrid {
  readonly width: number;
  readonly height: number;
  readonly bits: 16 | 32;
}

const SHORT = 3;
const LONG = 4;
/** Bytes of a strip at most, or one row: readers need not hold more at once. */
const STRIP_BYTES = 1 << 20;

/** [tag, type, count, value or place of the values] */
type Field = readonly [tag: number, type: number, count: number, value: number];

/**
 * What precedes the numbers of a TIFF of one channel of IEEE floats, not compressed: a classic TIFF 6.0 with strips of at
 * most 1 MiB, or one row.
 */
export function tiffHead({ width, height, bits }: FloatGrid): Buffer {
  const rowBytes = (width * bits) / 8;
  const rows = Math.max(1, Math.min(height, Math.floor(STRIP_BYTES / rowBytes)));
  const strips = Math.ceil(height / rows);
  const fieldCount = 10;
  const places = 8 + 2 + 12 * fieldCount + 4;
  // One place fits in the field itself.
  const start = places + (strips > 1 ? 8 * strips : 0);
  const bytesOf = (strip: number): number => rowBytes * Math.min(rows, height - strip * rows);
  const fields: readonly Field[] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 1, bits],
    [259, SHORT, 1, 1], // not compressed
    [262, SHORT, 1, 1], // 0 is black
    [273, LONG, strips, strips > 1 ? places : start],
    [277, SHORT, 1, 1], // channels
    [278, LONG, 1, rows],
    [279, LONG, strips, strips > 1 ? places + 4 * strips : bytesOf(0)],
    [339, SHORT, 1, 3], // floating point
  ];
  const head = Buffer.alloc(start);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(fieldCount, 8);
  for (const [index, [tag, type, count, value]] of fields.entries()) {
    const at = 10 + 12 * index;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(count, at + 4);
    head.writeUInt32LE(value, at + 8);
  }
  for (let strip = 0; strips > 1 && strip < strips; strip++) {
    head.writeUInt32LE(start + strip * rows * rowBytes, places + 4 * strip);
    head.writeUInt32LE(bytesOf(strip), places + 4 * (strips + strip));
  }
  return head;
}

/** What precedes the numbers of a NumPy file, format 1.0: fp32, C order. */
export function npyHead(height: number, width: number): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  // The numbers begin at a multiple of 64 bytes.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10 + length, ' ', 'latin1');
  head.write('\x93NUMPY\x01\0', 'latin1');
  head.writeUInt16LE(length, 8);
  head.write(`${text.padEnd(length - 1)}\n`, 10, 'latin1');
  return head;
}
