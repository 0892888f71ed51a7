/** Layers over a picture, as PNG. */
import sharp from 'sharp';
import type { NativeImage } from '../binding/types.js';
import type { PictureSize } from './size.js';

/** RGBA pixels to lay over a picture, scaled to `width` x `height` with their corner at `left`, `top`. */
export interface Layer {
  readonly rgba: Uint8Array;
  readonly source: PictureSize;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

async function scaleLayer(layer: Layer): Promise<sharp.OverlayOptions> {
  const { rgba, source, left, top, width, height } = layer;
  const input = await sharp(rgba, { raw: { ...source, channels: 4 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  return { input, raw: { width, height, channels: 4 }, left, top };
}

/** Lays layers over a decoded picture, in order, and encodes the result as PNG, off the event loop. */
export async function composePng(picture: NativeImage, layers: readonly Layer[]): Promise<Buffer> {
  const { data, width, height } = picture;
  const base = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  const overlays: sharp.OverlayOptions[] = [];
  for (const layer of layers) {
    overlays.push(await scaleLayer(layer));
  }
  return base.composite(overlays).removeAlpha().png().toBuffer();
}
