/** What `dinomaly inspect` is going to do: the photos, the preset, the weights, and where everything goes. */
import { join } from 'node:path';
import { binding } from '../binding/load.js';
import { checkInteger, checkOneOf, checkPath } from '../check.js';
import { makeFolder } from '../files.js';
import {
  type Dataset,
  type DeviceOption,
  DinomalyError,
  type EncoderName,
  type EncoderOptions,
  openDataset,
  type TrainerOptions,
} from '../index.js';
import { wholeSides } from '../options/own-pictures.js';
import { checkTrainerOptions } from '../options/trainer.js';
import { datasetFiles, refuseOverwrite } from '../overwrite.js';
import { reportFiles } from '../report/html/index.js';
import { checkCalibrateOptions } from '../thresholds/calibrate.js';
import { pictureFacts } from '../training/pictures.js';
import { cachedWeights, weightsFile, weightsFolder } from '../weights/cache.js';
import { weightsSource } from '../weights/source.js';
import { type EncoderArguments, present, readEncoder, readTiles, type TilesArgument } from './arguments.js';
import { openNoted } from './dataset.js';
import { checkDatasetArguments, type DatasetArguments, openOptions } from './dataset-options.js';
import { isWithin, placeOf } from './inputs.js';
import { choosePreset, PRESET_NAMES, PRESETS, type Preset, thisMachine } from './inspect-presets.js';
import { MODEL_NAME } from './load.js';
import { note, refuseStdout } from './output.js';
import { BOTH } from './weights.js';
import { pullNoted } from './weights-pull.js';

/** Options of `dinomaly inspect`, as commander parses them. */
export interface InspectArguments extends DatasetArguments, EncoderArguments {
  readonly out: string;
  readonly preset?: string;
  readonly weights?: string;
  readonly untrained?: boolean;
  readonly iterations?: number;
  readonly batchSize?: number;
  readonly seed?: number;
  readonly falseRejectRate?: number;
  readonly device?: string;
  readonly size?: number | readonly [number, number];
  readonly crop?: number | readonly [number, number];
  readonly pixelLimit?: number;
  readonly tiles?: TilesArgument;
  readonly aspect?: string;
  readonly svg?: boolean;
  readonly orientation?: string;
}

type Fail = (message: string) => never;

/** Where everything goes. */
export interface Places {
  readonly folder: string;
  readonly model: string;
  readonly report: string;
  readonly heatmaps: string;
}

/** Everything that is known before the work. */
export interface Plan {
  readonly dataset: Dataset;
  readonly places: Places;
  readonly options: TrainerOptions;
  readonly iterations: number;
  readonly batchSize: number;
  readonly falseRejectRate: number;
  readonly device: DeviceOption;
}

/** Shares of the good photos, where nobody has divided them: the thresholds and the test need some that are new to the model. */
const SHARES = { trainShare: 0.6, validation: 0.2 } as const;

/** Of the thresholds that are rejected: a share that some dozens of pictures can tell. */
const FALSE_REJECT_RATE = 0.05;

/** The places in a folder. */
export function placesIn(folder: string): Places {
  return {
    folder,
    model: join(folder, MODEL_NAME),
    report: join(folder, 'report'),
    heatmaps: join(folder, 'heatmaps'),
  };
}

/** Opens the photos, and holds some out. */
async function openPhotos(root: string, given: DatasetArguments): Promise<Dataset> {
  if (given.trainShare !== undefined || given.validation !== undefined) {
    return openNoted(root, given);
  }
  const { madeSplit, validation } = await openDataset(root, openOptions(given));
  const brought = validation.length > 0 ? {} : { validation: SHARES.validation };
  return openNoted(root, { ...given, ...(madeSplit === null ? brought : SHARES) });
}

function checkHeldOut({ root, validation }: Dataset): void {
  if (validation.length === 0) {
    throw new DinomalyError(
      'CALIBRATION_DATA',
      `${root} has too few good pictures to hold one out for the threshold: take at least 4, and better some dozens`,
    );
  }
}

/** Photos among the outputs, or outputs among the photos, would be taken for the other the next time. */
async function refuseInside(root: string, folder: string): Promise<void> {
  if (isWithin(await placeOf(folder), await placeOf(root))) {
    throw new RangeError(
      `Expected a folder outside of the photos for --out but received ${folder}: what is written there would be taken for photos`,
    );
  }
}

/** The preset, said where it is chosen. */
function presetOf({ preset }: InspectArguments, cuda: boolean): Preset {
  const chosen = preset === undefined ? choosePreset(thisMachine(cuda)) : undefined;
  const name = chosen?.name ?? checkOneOf(preset, '--preset', PRESET_NAMES);
  if (chosen !== undefined) {
    const others = PRESET_NAMES.filter((other) => other !== name).join(' and ');
    note(`preset ${name}, chosen by the machine (${chosen.because}); --preset takes ${others} too`);
  }
  return PRESETS[name];
}

/** How to come by weights that did not come: what, from where, to where, and what to try without. */
function withoutWeights(name: EncoderName, cause: DinomalyError): DinomalyError {
  const { source } = weightsSource(name);
  const file = weightsFile(name, source, weightsFolder());
  const lines = [
    `${name} needs its trained weights, which could not be fetched. ${cause.message}`,
    'What is to be fetched, on any machine with a network:',
    `  from    ${source.url ?? source.note ?? 'the publisher of the model'}`,
    `  to      ${file}`,
    `  SHA-256 ${source.sha256 ?? 'not published'}`,
    'or name the file with --weights FILE. --untrained tries everything with a random encoder: a trial, not an inspection.',
  ];
  return new DinomalyError('WEIGHTS_DOWNLOAD', lines.join('\n'), { cause });
}

async function weightsOf(
  { weights, untrained }: InspectArguments,
  encoder: EncoderName | EncoderOptions,
): Promise<string | null> {
  if (weights !== undefined || untrained === true || typeof encoder !== 'string') {
    return weights ?? null;
  }
  const cached = cachedWeights(encoder);
  if (cached !== undefined) {
    return cached;
  }
  try {
    return await pullNoted(encoder);
  } catch (error) {
    throw error instanceof DinomalyError && error.code === 'WEIGHTS_DOWNLOAD' ? withoutWeights(encoder, error) : error;
  }
}

/** Photos of one's own at the pixels of the preset; the usual sizes for a benchmark, another encoder or a given size. */
async function sizeOf(
  given: InspectArguments,
  preset: Preset,
  dataset: Dataset,
): Promise<Pick<TrainerOptions, 'size' | 'aspect'>> {
  const { size } = given;
  const tiles = readTiles(given.tiles);
  const aspect = given.aspect as TrainerOptions['aspect'];
  const usual = given.encoder !== undefined || given.dim !== undefined || given.crop !== undefined;
  const facts =
    size !== undefined || usual ? undefined : await pictureFacts({ dataset, ...present({ aspect, tiles }) });
  return facts?.own === true ? { size: wholeSides(undefined, facts, 14, preset.side)[0] } : present({ size, aspect });
}

/** Refuses what no photos can make good. */
function checkArguments(given: InspectArguments, encoder: EncoderName | EncoderOptions): void {
  refuseStdout(given.out, '--out');
  const { size, crop, aspect, seed, pixelLimit, svg, orientation, device } = given;
  const tiles = readTiles(given.tiles);
  const asked = present({ size, crop, aspect, tiles, seed, pixelLimit, svg, orientation, device });
  checkTrainerOptions({ encoder, weights: null, ...asked }, () => false);
  checkDatasetArguments(given);
  checkCalibrateOptions(present({ falseRejectRate: given.falseRejectRate }));
  for (const [value, option] of [
    [given.iterations, '--iterations'] as const,
    [given.batchSize, '--batch-size'] as const,
  ]) {
    if (value !== undefined) {
      checkInteger(value, option, { min: 1 });
    }
  }
}

/** Plans the work, and fetches the weights where they are not there. */
export async function planInspection(photos: string, given: InspectArguments, fail: Fail): Promise<Plan> {
  if (given.weights !== undefined && given.untrained === true) {
    return fail(BOTH);
  }
  const cuda = given.device !== 'cpu' && binding().cudaAvailable();
  const preset = presetOf(given, cuda);
  const encoder = readEncoder(given, fail) ?? preset.encoder;
  checkArguments(given, encoder);
  const root = checkPath(photos, 'PHOTOS');
  const places = placesIn(checkPath(given.out, '--out'));
  await refuseInside(root, places.folder);
  const dataset = await openPhotos(root, given);
  checkHeldOut(dataset);
  await makeFolder(places.folder);
  const outputs = [places.model, ...reportFiles(places.report)].map((path) => ({ path, what: '--out' }));
  const used = given.weights === undefined ? [] : [{ path: given.weights, what: 'the weights' }];
  await refuseOverwrite(outputs, [...used, ...datasetFiles(dataset)]);
  const weights = await weightsOf(given, encoder);
  const size = await sizeOf(given, preset, dataset);
  const { crop, seed, pixelLimit, svg } = given;
  const tiles = readTiles(given.tiles);
  const orientation = given.orientation as TrainerOptions['orientation'];
  const device = given.device as DeviceOption | undefined;
  return {
    dataset,
    places,
    options: {
      ...{ encoder, weights, dataset },
      ...size,
      ...present({ crop, tiles, seed, pixelLimit, svg, orientation, device }),
    },
    iterations: given.iterations ?? preset.iterations,
    // A batch of more pictures than there are would be the set, with a warning.
    batchSize: Math.min(
      given.batchSize ?? preset.batchSize,
      (tiles ?? null) !== null ? Number.POSITIVE_INFINITY : dataset.train.length,
    ),
    falseRejectRate: given.falseRejectRate ?? FALSE_REJECT_RATE,
    device: device ?? 'auto',
  };
}
