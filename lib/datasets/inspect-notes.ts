/** What is to be said of single pictures and masks that can be used: one remark of a class for each kind. */
import { group, listed } from '../lists.js';
import type { DatasetRemark } from './inspection.js';

/** Codes of {@link PictureNote}. */
export type NoteCode = 'MASK_ALPHA' | 'MASK_DARK' | 'MASK_FULL' | 'THIN_RANGE';

/** Something worth knowing of one file. */
export interface PictureNote {
  readonly code: NoteCode;
  readonly path: string;
  /** What the file holds, in words. */
  readonly what: string;
}

const MEANING: Readonly<Record<NoteCode, string>> = {
  MASK_ALPHA:
    'Masks with their shape in the alpha channel, whose colours are the same everywhere. What is opaque is read as anomalous. Save them as grey pictures to be sure',
  MASK_DARK:
    'Masks of small values, which a viewer shows black. Whatever is above 0 is anomalous; only where the largest value is 128 to 255 the mask convention decides. Save them with 8 bits, and with 255 in place of numbers, to see them',
  MASK_FULL: 'Masks that cover the whole picture. Check that they are masks, and not inverted',
  THIN_RANGE:
    'Pictures of which 8 bits leave nearly nothing. Scale their values to the whole range, all pictures by the same factor, and save them with 8 bits',
};

/** Remarks of a class; a file that is noted twice, as a mask of two pictures, is told once. */
export function remarkNotes(className: string, notes: readonly PictureNote[]): DatasetRemark[] {
  return [...group(notes, ({ code }) => code)].map(([code, own]) => {
    const whats = new Map(own.map(({ path, what }) => [path, what]));
    const files = [...whats].map(([path, what]) => `${path} (${what})`);
    const message = `${MEANING[code]}: ${files.length} in the class '${className}': ${listed(files)}`;
    return { code, className, message };
  });
}
