/**
 * The error classes of the package and their stable codes. This file decides nothing and imports only what imports nothing:
 * every other file may use it.
 *
 * Wrong kinds of argument are `TypeError`, values out of range are `RangeError`; all other failures are `DinomalyError`.
 */
import { shorten } from './text.js';

/** What a code means, and what to do about it in one line. The message of an error names the file or option at fault. */
interface CodeMeaning {
  readonly meaning: string;
  readonly remedy: string;
}

/**
 * Every code, those of the native side among them: the one list. docs/errors.md is written from it, and tests hold both sides
 * against it.
 */
export const ERROR_CODES = {
  ABORTED: {
    meaning: 'A native job was stopped. Callers that gave a signal get its own reason instead.',
    remedy: 'Nothing: it was asked for.',
  },
  ADDON_BUILD: {
    meaning: 'The native addon cannot be built on this machine.',
    remedy: 'Install the tools that the message names, or look at what the compiler said above it.',
  },
  ADDON_LOAD: {
    meaning: 'The native addon, or the libtorch that was found, cannot be opened.',
    remedy: 'Follow the commands in the message: install or build the addon, or fetch or name another libtorch.',
  },
  BUNDLED: {
    meaning: 'A bundler has put the code of the package into another file, where it cannot find its binaries.',
    remedy: 'Mark dinomaly as external, as the message shows for each bundler.',
  },
  BUSY: {
    meaning: 'The trainer is training already.',
    remedy: 'Wait for the run, or abort it.',
  },
  CALIBRATION_DATA: {
    meaning: 'The pictures given cannot calibrate thresholds: none, too few, or those of the training.',
    remedy: 'Give normal pictures that were held out from training, as many as the message says.',
  },
  CALIBRATION_MISSING: {
    meaning: 'The model has no colour scale to draw a heatmap with.',
    remedy: 'Give the option scale, or save a model from its trainer.',
  },
  DATASET_EMPTY_CLASS: {
    meaning: 'A class, or the whole set, has no pictures of a kind that is needed.',
    remedy: 'Add pictures to the folder that the message names, or leave the class out.',
  },
  DATASET_LAYOUT: {
    meaning: 'The folder or manifest fits no layout, fits two, or breaks its own.',
    remedy: 'Change what the message names, or say the layout with the option format.',
  },
  DEADLINE: {
    meaning: 'A score was not started within its deadlineMs.',
    remedy: 'Ask less often, or allow more time.',
  },
  DEVICE_LOST: {
    meaning: 'The GPU has failed and takes no more work from this process.',
    remedy: 'Start a new process; models and trainers of this one cannot be used any more.',
  },
  DEVICE_UNAVAILABLE: {
    meaning: 'The device is not there, or does not start.',
    remedy: 'Use the device cpu, or mend what the message names: driver, CUDA_VISIBLE_DEVICES, a CUDA libtorch.',
  },
  DISPOSED: {
    meaning: 'A method was called on an object after its dispose.',
    remedy: 'Create another one.',
  },
  FILE_READ: {
    meaning: 'A file cannot be read, is a pipe, a device, a socket or a folder, or is too large.',
    remedy: 'Look at the path and the cause that the message names. Write what a pipe brings to a file first.',
  },
  FILE_WRITE: {
    meaning: 'A file cannot be written. What was there before is left whole.',
    remedy: 'Free space, or choose another folder or name.',
  },
  IMAGE_DECODE: {
    meaning:
      'A picture or mask cannot be decoded, is in a format that is not read, or is an SVG that was not asked for.',
    remedy: 'Replace the file, or convert it to PNG.',
  },
  IMAGE_TOO_LARGE: {
    meaning: 'A picture has more pixels than pixelLimit.',
    remedy: 'Raise pixelLimit, or give a smaller picture.',
  },
  INTERNAL: {
    meaning: 'An error of the package itself or of libtorch that has no code of its own.',
    remedy: 'Report it with its message and stack.',
  },
  INVALID_CONFIG: {
    meaning: 'Settings of a network or a run that do not go together.',
    remedy: 'Change the option that the message names.',
  },
  INVALID_INPUT: {
    meaning: 'Pictures, maps or steps that a computation cannot take.',
    remedy: 'Change what the message names.',
  },
  LIBTORCH_CHECKSUM: {
    meaning: 'A wheel of libtorch is not the one that was published.',
    remedy: 'Fetch it again, or from another source.',
  },
  LIBTORCH_DOWNLOAD: {
    meaning: 'libtorch cannot be fetched.',
    remedy: 'Follow the message: network, pip, proxy, or a libtorch of your own.',
  },
  LIBTORCH_MISSING: {
    meaning: 'There is no libtorch on this machine.',
    remedy: 'Run npx dinomaly libtorch, or set DINOMALY_LIBTORCH.',
  },
  LIBTORCH_VERSION: {
    meaning: 'The libtorch versions on this machine do not fit.',
    remedy: 'Run npx dinomaly libtorch, or rebuild the addon against one that is there.',
  },
  MASK_MISSING: {
    meaning: 'A mask that a set names, or that its layout needs, is not there.',
    remedy: 'Add the mask where the message expects it.',
  },
  METADATA_INVALID: {
    meaning: 'The metadata of a model file is damaged.',
    remedy: 'Save the model again.',
  },
  METADATA_MISSING: {
    meaning: 'A file is not a model of this package, and what is needed does not follow from it.',
    remedy: 'Give the options that the message names, or the right file.',
  },
  METADATA_VERSION: {
    meaning: 'A model file was written by a newer version of the package.',
    remedy: 'Install that version or a newer one.',
  },
  MODEL_SOURCE: {
    meaning: 'The file that a model was loaded from has changed, so that its weights cannot be written again.',
    remedy: 'Load the model again.',
  },
  OUTPUT_CLASH: {
    meaning: 'An output would replace a file that the same work reads, or another of its outputs. Nothing was done.',
    remedy: 'Give the output another name.',
  },
  OUT_OF_MEMORY: {
    meaning: 'The host or the device has not enough memory.',
    remedy: 'Use a smaller batch, picture size or encoder.',
  },
  OVERLOADED: {
    meaning: 'As many scores of a model run or wait as its maxQueued allows.',
    remedy: 'Try again after retryAfterMs, ask less often, or raise maxQueued.',
  },
  PRECISION_UNAVAILABLE: {
    meaning: 'The device has no instructions for the precision that requirePrecision insists on.',
    remedy: "Take the precision 'auto', or leave out requirePrecision.",
  },
  SCORE_NOT_FINITE: {
    meaning: 'The network gave a score that is not a number.',
    remedy: 'Load the model with the precision fp32; if that does not help, train it anew.',
  },
  THRESHOLD_MISSING: {
    meaning: 'The model has no threshold to decide by.',
    remedy: 'Calibrate it, or give a threshold.',
  },
  TOO_MANY_TILES: {
    meaning: 'A picture is inspected in more tiles than are possible: 4,096, or one for attention and features.',
    remedy: 'Make tiles.size larger, or give a part of the picture.',
  },
  TRAINING_DIVERGED: {
    meaning: 'Loss or gradient was not finite many times in a row.',
    remedy: "Lower learningRate, or see that the encoder's weights fit its name.",
  },
  WEIGHTS_CHECKSUM: {
    meaning: 'Weights that were fetched are not the published ones.',
    remedy: 'Fetch them again, or from another source.',
  },
  WEIGHTS_DOWNLOAD: {
    meaning: 'Weights cannot be fetched.',
    remedy: 'Look at the network and the proxy, or fetch the file that the message names by hand.',
  },
  WEIGHTS_FORMAT: {
    meaning: 'A file of weights is not of a format that can be read, or damaged.',
    remedy: 'Take a safetensors file or a .pth file of tensors, whole.',
  },
  WEIGHTS_MISMATCH: {
    meaning: 'The tensors of a file do not fit the network.',
    remedy: 'Take the encoder that the message names, or the file for this one.',
  },
  WEIGHTS_NOT_FINITE: {
    meaning: 'A file holds weights that are not finite.',
    remedy: 'Take another file: this one is damaged.',
  },
} as const satisfies Readonly<Record<string, CodeMeaning>>;

/** Stable codes of {@link DinomalyError}, told in docs/errors.md. A code is never renamed; new ones may be added. */
export type DinomalyErrorCode = keyof typeof ERROR_CODES;

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
    super(shorten(message), options);
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
