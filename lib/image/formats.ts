/**
 * Formats of pictures, told by their first bytes: the list of what is given to a decoder. Decoders know more formats, of which
 * some run what the file says and have no bound; SVG is one, and is decoded only when asked for.
 */

/** Bytes from the start that {@link formatOf} looks at, as many as the decoder of SVG does. */
export const SIGNATURE_BYTES = 1024;

interface Signature {
  readonly format: PictureFormat;
  readonly at?: number;
  /** Latin-1. */
  readonly starts: string;
}

/** Formats that are read, and SVG. */
export type PictureFormat = 'avif' | 'bmp' | 'gif' | 'jpeg' | 'png' | 'svg' | 'tiff' | 'webp';

const SIGNATURES: readonly Signature[] = [
  { format: 'jpeg', starts: '\xff\xd8\xff' },
  { format: 'png', starts: '\x89PNG\r\n\x1a\n' },
  { format: 'bmp', starts: 'BM' },
  { format: 'gif', starts: 'GIF8' },
  { format: 'webp', at: 8, starts: 'WEBP' },
  { format: 'tiff', starts: 'II*\0' },
  { format: 'tiff', starts: 'MM\0*' },
  { format: 'tiff', starts: 'II+\0' },
  { format: 'tiff', starts: 'MM\0+' },
  { format: 'avif', at: 4, starts: 'ftyp' },
  // Compressed SVG: nothing else that is read starts so.
  { format: 'svg', starts: '\x1f\x8b' },
];

/** Extensions of the formats, lower case with their dots. */
export const imageExtensions: ReadonlySet<string> = new Set([
  ...['.avif', '.bmp', '.dib', '.gif', '.jfif', '.jpe', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp'],
  // Listed too, so that one in a dataset is refused by name and not passed over.
  ...['.svg', '.svgz'],
]);

/** The format of a picture by its first bytes; undefined for one that is not read. */
export function formatOf(bytes: Uint8Array): PictureFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SIGNATURE_BYTES)).toString('latin1');
  const found = SIGNATURES.find(({ at = 0, starts }) => head.startsWith(starts, at));
  if (found !== undefined) {
    return found.format;
  }
  // UTF-16 has a NUL beside each letter.
  return head.replaceAll('\0', '').toLowerCase().includes('<svg') ? 'svg' : undefined;
}

/** Why a picture of a format is not decoded; undefined where it is. */
export function refusalOf(format: PictureFormat | undefined, svg: boolean): string | undefined {
  if (format === undefined) {
    return 'it is in none of the formats JPEG, PNG, TIFF, WebP, GIF, AVIF and BMP: convert it to PNG';
  }
  return format === 'svg' && !svg
    ? 'it is an SVG, which may take any time to draw: convert it to PNG, or set the option svg to true'
    : undefined;
}
