/**
 * The orientation tag, as Pillow has it: opening a TIFF turns its rows upright, and opening any other kind leaves them as
 * they are stored.
 */
import type { Sharp } from 'sharp';

/** The marks of TIFF and BigTIFF, of either byte order. */
const MARKS = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'];

/** True for the first bytes of a file whose orientation tag counts. */
export function turnsRows(bytes: Uint8Array): boolean {
  return MARKS.includes(String.fromCharCode(...bytes.subarray(0, 4)));
}

/** The pipeline of a file, turned upright where its tag counts. */
export function upright(pipeline: Sharp, bytes: Uint8Array): Sharp {
  return turnsRows(bytes) ? pipeline.autoOrient() : pipeline;
}
