/** BMP files for tests: sharp writes none. */

/** An uncompressed BMP of 24 or 32 bits; rows bottom to top unless `topDown`. */
export function bmp(rows: readonly (readonly number[])[], bytesPerPixel: 3 | 4, topDown = false): Buffer {
  const width = (rows[0]?.length ?? 0) / bytesPerPixel;
  const stride = Math.ceil((width * bytesPerPixel) / 4) * 4;
  const file = Buffer.alloc(54 + stride * rows.length);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(topDown ? -rows.length : rows.length, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(8 * bytesPerPixel, 28);
  (topDown ? rows : rows.toReversed()).forEach((row, index) => {
    file.set(row, 54 + index * stride);
  });
  return file;
}
