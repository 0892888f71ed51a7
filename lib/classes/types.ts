/** What a model keeps of its classes, to tell of which a picture is. */

/** How the normal pictures of a class look as a whole, as the encoder's features tell it. */
export interface ClassDescription {
  readonly name: string;
  /** Training pictures that it was measured on. */
  readonly images: number;
  /** Mean of their features. */
  readonly mean: Float32Array;
  /** Root of the mean square of their distances from the mean of the others. */
  readonly spread: number;
  /** What is further from `mean` is no picture of this class. */
  readonly limit: number;
}

/** Of which class a picture is. */
export interface FoundClass {
  /** Class of the picture: as given, or as found. Null for a picture of no known class, and where no class can be found. */
  readonly className: string | null;
  /**
   * False for a picture of no known class: it has no verdict. Null where none can be found: no class was given, and the
   * model was saved without descriptions of its classes.
   */
  readonly known: boolean | null;
  /**
   * How sure the found class is, 0.5 to 1: 0.5 where another class is as near, or at the border between known and unknown;
   * towards 1 far from all others. No probability. Null where the class was given, or none can be found.
   */
  readonly classConfidence: number | null;
}
