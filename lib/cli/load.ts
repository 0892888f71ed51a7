/** The model that `evaluate` and `predict` load. */
import { stat } from 'node:fs/promises';
import { type DeviceOption, type LoadOptions, Model, type Precision } from '../index.js';
import { checkLoadOptions } from '../options/load.js';
import { type EncoderArguments, present, readEncoder } from './arguments.js';

/** Options that say which model, and how to run it. */
export interface LoadArguments extends EncoderArguments {
  readonly model: string;
  readonly device?: string;
  readonly precision?: string;
  readonly size?: number | readonly [number, number];
  readonly crop?: number | readonly [number, number];
  readonly pixelLimit?: number;
  readonly svg?: boolean;
}

function loadOptions(given: LoadArguments, fail: (message: string) => never): LoadOptions {
  const { size, crop, pixelLimit, svg } = given;
  return {
    ...present({ encoder: readEncoder(given, fail), size, crop, pixelLimit, svg }),
    ...present({
      device: given.device as DeviceOption | undefined,
      precision: given.precision as Precision | undefined,
    }),
  };
}

/**
 * Refuses what no model can make good.
 *
 * @throws TypeError, RangeError naming the option at fault
 */
export function checkLoadArguments(given: LoadArguments, fail: (message: string) => never): void {
  checkLoadOptions(loadOptions(given, fail));
}

/** Loads the model of `--model`. */
export function loadModel(given: LoadArguments, fail: (message: string) => never): Promise<Model> {
  return Model.load(given.model, loadOptions(given, fail));
}

/** Whether `--model` is a folder, with a model file a class. */
export async function isModelFolder(model: string): Promise<boolean> {
  return (await stat(model).catch(() => undefined))?.isDirectory() === true;
}
