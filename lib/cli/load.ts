/** The model that `evaluate` and `predict` load. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeviceOption, type LoadOptions, Model, type PrecisionOption } from '../index.js';
import { describeSight } from '../maps/sight.js';
import { checkLoadOptions } from '../options/load.js';
import { seesAll } from '../options/model.js';
import { type EncoderArguments, present, readEncoder, readTiles, type TilesArgument } from './arguments.js';
import { warn } from './output.js';

/** Options that say which model, and how to run it. */
export interface LoadArguments extends EncoderArguments {
  readonly model: string;
  readonly device?: string;
  readonly precision?: string;
  readonly maxBatch?: number;
  readonly size?: number | readonly [number, number];
  readonly crop?: number | readonly [number, number];
  readonly pixelLimit?: number;
  readonly svg?: boolean;
  readonly orientation?: string;
  readonly tiles?: TilesArgument;
}

function loadOptions(given: LoadArguments, fail: (message: string) => never): LoadOptions {
  const { size, crop, pixelLimit, svg, maxBatch } = given;
  const tiles = readTiles(given.tiles);
  const orientation = given.orientation as LoadOptions['orientation'];
  return {
    ...present({ encoder: readEncoder(given, fail), size, crop, pixelLimit, svg, orientation, maxBatch, tiles }),
    ...present({
      device: given.device as DeviceOption | undefined,
      precision: given.precision as PrecisionOption | undefined,
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

/**
 * Says what of the pictures the model does not look at.
 *
 * @param otherwise - told when it looks at all of them
 */
export function noteSight({ geometry }: Pick<Model, 'geometry'>, otherwise?: (line: string) => void): void {
  const tell = seesAll(geometry) ? otherwise : warn;
  tell?.(describeSight(geometry));
}

/** Loads the model of `--model`. */
export async function loadModel(given: LoadArguments, fail: (message: string) => never): Promise<Model> {
  const model = await Model.load(given.model, loadOptions(given, fail));
  const { precision, precisionAsked, precisionReason } = model.info;
  if (precisionAsked !== 'auto' && precision !== precisionAsked) {
    warn(`${precisionAsked} was asked for, but ${precisionReason}: the model runs in ${precision}`);
  }
  return model;
}

/** Whether `--model` is a folder, with a model file a class. */
export async function isModelFolder(model: string): Promise<boolean> {
  return (await stat(model).catch(() => undefined))?.isDirectory() === true;
}

/** The model file of a folder that `dinomaly inspect` has made. */
export const MODEL_NAME = 'model.safetensors';

/** The model file that a person names: the file itself, or the folder that `dinomaly inspect` has made. */
export async function modelFile(named: string): Promise<string> {
  return (await isModelFolder(named)) ? join(named, MODEL_NAME) : named;
}
