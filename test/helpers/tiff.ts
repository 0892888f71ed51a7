/** TIFF files for tests, of any depth and orientation: sharp writes few. Little-endian, one strip, not compressed. */
export interface TiffPicture {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 RGB. Default: 1. */
  readonly channels?: 1 | 3;
  /** Its element says the depth. */
  readonly data: Uint8Array | Uint16Array | Int32Array | Float32Array;
  /** As the TIFF tag counts them, 1 to 8. Default: no tag. */
  readonly orientation?: number;
}

const [SHORT, LONG] = [3, 4];

function sampleFormat(data: TiffPicture['data']): number {
  return data instanceof Float32Array ? 3 : data instanceof Int32Array ? 2 : 1;
}

/** The bytes of a TIFF. */
export function tiff({ width, height, channels = 1, data, orientation }: TiffPicture): Buffer {
  const pixels = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const start = 8;
  const bits = start + pixels.length + (pixels.length % 2);
  const directory = bits + 6;
  const entries: readonly (readonly [tag: number, kind: number, count: number, value: number])[] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, channels, channels === 1 ? 8 * data.BYTES_PER_ELEMENT : bits],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, channels === 1 ? 1 : 2],
    [273, LONG, 1, start],
    ...(orientation === undefined ? [] : [[274, SHORT, 1, orientation] as const]),
    [277, SHORT, 1, channels],
    [278, LONG, 1, height],
    [279, LONG, 1, pixels.length],
    [339, SHORT, 1, sampleFormat(data)],
  ];
  const file = Buffer.alloc(directory + 2 + 12 * entries.length + 4);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(directory, 4);
  pixels.copy(file, start);
  for (let channel = 0; channel < 3; channel++) file.writeUInt16LE(8 * data.BYTES_PER_ELEMENT, bits + 2 * channel);
  file.writeUInt16LE(entries.length, directory);
  entries.forEach(([tag, kind, count, value], at) => {
    const to = directory + 2 + 12 * at;
    file.writeUInt16LE(tag, to);
    file.writeUInt16LE(kind, to + 2);
    file.writeUInt32LE(count, to + 4);
    file.writeUInt32LE(value, to + 8);
  });
  return file;
}
