/**
 * The error classes of the package and their stable codes. This file decides nothing and imports nothing: every other
 * file may use it.
 *
 * Wrong kinds of argument are `TypeError`, values out of range are `RangeError`; all other failures are `DinomalyError`.
 */

/** Stable codes of {@link DinomalyError}. A code is never renamed; new ones may be added. */
export type DinomalyErrorCode =
  | 'ABORTED'
  | 'ADDON_LOAD'
  | 'BUSY'
  | 'CALIBRATION_DATA'
  | 'CALIBRATION_MISSING'
  | 'DATASET_EMPTY_CLASS'
  | 'DATASET_LAYOUT'
  | 'DEVICE_LOST'
  | 'DEVICE_UNAVAILABLE'
  | 'DISPOSED'
  | 'FILE_READ'
  | 'FILE_WRITE'
  | 'IMAGE_DECODE'
  | 'IMAGE_TOO_LARGE'
  | 'INTERNAL'
  | 'INVALID_CONFIG'
  | 'INVALID_INPUT'
  | 'LIBTORCH_DOWNLOAD'
  | 'LIBTORCH_MISSING'
  | 'LIBTORCH_VERSION'
  | 'MASK_MISSING'
  | 'METADATA_INVALID'
  | 'METADATA_MISSING'
  | 'METADATA_VERSION'
  | 'MODEL_SOURCE'
  | 'OUT_OF_MEMORY'
  | 'OVERLOADED'
  | 'SCORE_NOT_FINITE'
  | 'THRESHOLD_MISSING'
  | 'TRAINING_DIVERGED'
  | 'WEIGHTS_CHECKSUM'
  | 'WEIGHTS_DOWNLOAD'
  | 'WEIGHTS_FORMAT'
  | 'WEIGHTS_MISMATCH'
  | 'WEIGHTS_NOT_FINITE';

/** A failure that is neither a wrong kind of argument nor a value out of range. */
export class DinomalyError extends Error {
  override readonly name: string = 'DinomalyError';
  /** Stable, for programs; `message` is for people and may change. */
  readonly code: DinomalyErrorCode;

  /**
   * @param code - stable code of the failure
   * @param message - what failed, and what mends it
   * @param options - `cause`: the error underneath
   */
  constructor(code: DinomalyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A method was called on an object after its `dispose()`. */
export class DisposedError extends DinomalyError {
  override readonly name: string = 'DisposedError';

  /** @param what - the class of the disposed object, e.g. `Model` */
  constructor(what: string) {
    super('DISPOSED', `This ${what} has been disposed; create another one to go on.`);
  }
}
