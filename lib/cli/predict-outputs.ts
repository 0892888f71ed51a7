/** What `dinomaly predict` gives besides scores: heatmaps and maps as files, regions in the JSON line. */
import { join, parse } from 'node:path';
import { checkInteger, checkOneOf } from '../check.js';
import { makeFolder, writeWhole } from '../files.js';
import {
  findRegions,
  type HeatmapScale,
  type MapFormat,
  type MapModel,
  type Model,
  type PlacedMap,
  placeMap,
  type Region,
  renderHeatmap,
  type StreamResult,
  saveMap,
} from '../index.js';
import { MAP_EXTENSIONS } from '../maps/encode.js';
import { MAP_FORMATS } from '../maps/formats.js';
import { type NamedFile, refuseOverwrite } from '../overwrite.js';
import { refuseStdout } from './output.js';

/** Options of `dinomaly predict` about maps, as commander parses them. */
export interface OutputArguments {
  readonly heatmaps?: string;
  readonly legend?: boolean;
  readonly maps?: string;
  readonly mapFormat?: string;
  readonly regions?: boolean;
  readonly outlines?: boolean;
  readonly minArea?: number;
  readonly pixelThreshold?: number;
}

/** What a JSON line has for them; what failed is left out. */
export interface OutputFields {
  readonly heatmap?: string | undefined;
  readonly map?: string | undefined;
  /** The one of the command line, in place of the result's. */
  readonly pixelThreshold?: number;
  readonly regions?: readonly Region[];
  /** Regions not listed, because there are too many. */
  readonly regionsLeftOut?: number;
}

/**
 * File names: `<picture><suffix>`, numbered where two pictures share a name. Never the picture's own name: the folder may be
 * the one of the pictures.
 */
export class OutputNames {
  readonly #folder: string;
  readonly #suffix: string;
  readonly #extension: string;
  readonly #taken = new Set<string>();

  /** @param suffix - e.g. `-heatmap` @param extension - with its dot */
  constructor(folder: string, suffix: string, extension: string) {
    this.#folder = folder;
    this.#suffix = suffix;
    this.#extension = extension;
  }

  next(image: string): string {
    const { name } = parse(image);
    let unique = `${name}${this.#suffix}`;
    for (let count = 2; this.#taken.has(unique); count++) {
      unique = `${name}${this.#suffix}-${count}`;
    }
    this.#taken.add(unique);
    return join(this.#folder, `${unique}${this.#extension}`);
  }
}

type Result = StreamResult<string>;
type OnError = (error: unknown) => void;

function formatOf({ mapFormat = 'tiff' }: OutputArguments): MapFormat {
  return checkOneOf(mapFormat, '--map-format', MAP_FORMATS);
}

/**
 * Refuses what no model can make good.
 *
 * @throws RangeError naming the option at fault
 */
export function checkOutputs(given: OutputArguments): void {
  formatOf(given);
  if (given.minArea !== undefined) {
    checkInteger(given.minArea, '--min-area', { min: 1 });
  }
  refuseStdout(given.heatmaps, '--heatmaps');
  refuseStdout(given.maps, '--maps');
}

interface Names {
  readonly heatmaps: OutputNames | undefined;
  readonly maps: OutputNames | undefined;
}

function namesOf({ heatmaps, maps }: OutputArguments, format: MapFormat): Names {
  return {
    heatmaps: heatmaps === undefined ? undefined : new OutputNames(heatmaps, '-heatmap', '.png'),
    maps: maps === undefined ? undefined : new OutputNames(maps, '-map', MAP_EXTENSIONS[format]),
  };
}

/** What outputs must not clash with. */
export interface OutputPlan {
  readonly images: readonly string[];
  readonly modelFile: string;
  readonly others: readonly NamedFile[];
}

/** Writes and finds what the options ask for. */
export class PredictOutputs {
  readonly #model: Model;
  readonly #given: OutputArguments;
  readonly #format: MapFormat;
  readonly #onError: OnError;
  readonly #heatmaps: OutputNames | undefined;
  readonly #maps: OutputNames | undefined;

  private constructor(model: Model, given: OutputArguments, onError: OnError) {
    this.#model = model;
    this.#given = given;
    this.#onError = onError;
    this.#format = formatOf(given);
    const { heatmaps, maps } = namesOf(given, this.#format);
    this.#heatmaps = heatmaps;
    this.#maps = maps;
  }

  /**
   * Checks the options against the model and the inputs, and makes the folders.
   *
   * @param images - all pictures that are to be scored @param modelFile - where the model was read from @param others - what
   * else will be written
   * @param onError - told what could not be written; the other outputs and pictures go on
   */
  static async open(
    model: Model,
    { images, modelFile, others }: OutputPlan,
    given: OutputArguments,
    onError: OnError,
    fail: (message: string) => never,
  ): Promise<PredictOutputs> {
    const outputs = new PredictOutputs(model, given, onError);
    const needy = given.regions === true ? '--regions' : outputs.#format === 'mask' ? '--map-format mask' : undefined;
    if (needy !== undefined && (given.pixelThreshold ?? (model as MapModel).thresholds?.pixel.value) === undefined) {
      fail(`${needy} needs a pixel threshold: --pixel-threshold N, or a model that has been calibrated`);
    }
    const pictures = images.map((path) => ({ path, what: 'a picture' }));
    const names = namesOf(given, outputs.#format);
    const planned = [names.heatmaps, names.maps].flatMap((each) => images.map((image) => each?.next(image)));
    await refuseOverwrite(
      [...others, ...planned.flatMap((path) => (path === undefined ? [] : [{ path, what: 'an output' }]))],
      [{ path: modelFile, what: 'the model' }, ...pictures],
    );
    for (const folder of [given.heatmaps, given.maps]) {
      if (folder !== undefined) {
        await makeFolder(folder);
      }
    }
    return outputs;
  }

  /** All outputs of one picture. */
  async write(result: Result): Promise<OutputFields> {
    const wanted = this.#maps !== undefined || this.#given.regions === true;
    const { pixelLimit, svg } = this.#model;
    const placed = wanted
      ? await this.#attempt(() => placeMap(result, result.image, this.#model, { pixelLimit, svg }))
      : undefined;
    const map = placed && (await this.#attempt(() => this.#writeMap(result.image, placed)));
    const found = placed && (await this.#attempt(() => this.#findRegions(placed)));
    const heatmap = await this.#attempt(() => this.#writeHeatmap(result, this.#outlinesOf(found)));
    return { heatmap, map, ...found };
  }

  /** Those that were listed; with `--outlines` alone `undefined`, as what a picture is bad for is then found by the drawing. */
  #outlinesOf(found: OutputFields | undefined): readonly Region[] | undefined {
    return found?.regions ?? (this.#given.outlines === true ? undefined : []);
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  async #writeMap(image: string, placed: PlacedMap): Promise<string | undefined> {
    const file = this.#maps?.next(image);
    if (file !== undefined) {
      await saveMap(file, placed, { format: this.#format, threshold: this.#thresholdOf(placed) });
    }
    return file;
  }

  async #findRegions(placed: PlacedMap): Promise<OutputFields> {
    if (this.#given.regions !== true) {
      return {};
    }
    const { minArea } = this.#given;
    const found = await findRegions(placed, { threshold: this.#thresholdOf(placed), minArea });
    const own = this.#given.pixelThreshold;
    const fields = { regions: found.regions, regionsLeftOut: found.leftOut };
    return own === undefined ? fields : { pixelThreshold: own, ...fields };
  }

  /** That of the command line, or the verdict's; a part of no known class has no verdict and so nothing above. */
  #thresholdOf({ pixelThreshold }: PlacedMap): number {
    return this.#given.pixelThreshold ?? pixelThreshold ?? Number.MAX_VALUE;
  }

  async #writeHeatmap(result: Result, regions: readonly Region[] | undefined): Promise<string | undefined> {
    const file = this.#heatmaps?.next(result.image);
    if (file !== undefined) {
      const { pixelLimit, svg } = this.#model;
      const options = { pixelLimit, svg, regions, legend: this.#given.legend === true, scale: this.#scale() };
      await writeWhole(file, await renderHeatmap(result.image, result, this.#model, options));
    }
    return file;
  }

  /** The model's own scale, but for a threshold of the command line. */
  #scale(): HeatmapScale | undefined {
    const low = this.#model.calibration?.low;
    const threshold = this.#given.pixelThreshold;
    return low !== undefined && threshold !== undefined && threshold > low ? { low, threshold } : undefined;
  }
}
