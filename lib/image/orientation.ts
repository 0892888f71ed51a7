/**
 * The orientation tag. As Pillow has it, opening a TIFF turns its rows upright, and opening any other kind leaves them as
 * they are stored; photos of people's own are turned as viewers show them.
 */
import type { Sharp } from 'sharp';
import { formatOf } from './formats.js';

/** Whether the orientation tag counts: `'exif'` in every file, `'ignore'` in TIFF only. */
export type Orientation = 'exif' | 'ignore';

/** True for the first bytes of a file whose orientation tag counts. */
export function turnsRows(bytes: Uint8Array, orientation: Orientation): boolean {
  return orientation === 'exif' || formatOf(bytes) === 'tiff';
}

/** The pipeline of a file, turned upright where its tag counts. */
export function upright(pipeline: Sharp, bytes: Uint8Array, orientation: Orientation): Sharp {
  return turnsRows(bytes, orientation) ? pipeline.autoOrient() : pipeline;
}
