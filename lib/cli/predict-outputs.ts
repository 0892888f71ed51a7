/** What `dinomaly predict` gives besides scores: heatmaps and maps as files, regions in the JSON line. */
import { join, parse } from 'node:path';
import { checkOneOf } from '../check.js';
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
import { MAP_EXTENSIONS, MAP_FORMATS } from '../maps/encode.js';
import { refuseOverwrite } from '../overwrite.js';

/** Options of `dinomaly predict` about maps, as commander parses them. */
export interface OutputArguments {
  readonly heatmaps?: string;
  readonly legend?: boolean;
  readonly maps?: string;
  readonly mapFormat?: string;
  readonly regions?: boolean;
  readonly minArea?: number;
  readonly pixelThreshold?: number;
}

/** What a JSON line has for them. */
export interface OutputFields {
  readonly heatmap?: string | undefined;
  readonly map?: string | undefined;
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

/** Writes and finds what the options ask for. */
export class PredictOutputs {
  readonly #model: Model;
  readonly #given: OutputArguments;
  readonly #format: MapFormat;
  readonly #threshold: number | undefined;
  readonly #heatmaps: OutputNames | undefined;
  readonly #maps: OutputNames | undefined;

  private constructor(model: Model, given: OutputArguments, format: MapFormat, threshold: number | undefined) {
    this.#model = model;
    this.#given = given;
    this.#format = format;
    this.#threshold = threshold;
    const { heatmaps, maps } = namesOf(given, format);
    this.#heatmaps = heatmaps;
    this.#maps = maps;
  }

  /**
   * Checks the options against the model and the inputs, and makes the folders.
   *
   * @param images - all pictures that are to be scored @param modelFile - where the model was read from
   */
  static async open(
    model: Model,
    { images, modelFile }: { readonly images: readonly string[]; readonly modelFile: string },
    given: OutputArguments,
    fail: (message: string) => never,
  ): Promise<PredictOutputs> {
    const format = checkOneOf(given.mapFormat ?? 'tiff', '--map-format', MAP_FORMATS);
    const { thresholds }: MapModel = model;
    const threshold = given.pixelThreshold ?? thresholds?.pixel.value;
    const needy = given.regions === true ? '--regions' : format === 'mask' ? '--map-format mask' : undefined;
    if (needy !== undefined && threshold === undefined) {
      fail(`${needy} needs a pixel threshold: --pixel-threshold N, or a model that has been calibrated`);
    }
    const pictures = images.map((path) => ({ path, what: 'a picture' }));
    const names = namesOf(given, format);
    const planned = [names.heatmaps, names.maps].flatMap((each) => images.map((image) => each?.next(image)));
    await refuseOverwrite(
      planned.flatMap((path) => (path === undefined ? [] : [{ path, what: 'an output' }])),
      [{ path: modelFile, what: 'the model' }, ...pictures],
    );
    for (const folder of [given.heatmaps, given.maps]) {
      if (folder !== undefined) {
        await makeFolder(folder);
      }
    }
    return new PredictOutputs(model, given, format, threshold);
  }

  /** All outputs of one picture. */
  async write(result: Result): Promise<OutputFields> {
    const wanted = this.#maps !== undefined || this.#given.regions === true;
    const { pixelLimit } = this.#model;
    const placed = wanted ? await placeMap(result, result.image, this.#model, { pixelLimit }) : undefined;
    const map = placed === undefined ? undefined : await this.#writeMap(result.image, placed);
    const found = placed === undefined ? {} : await this.#findRegions(placed);
    const heatmap = await this.#writeHeatmap(result, found.regions ?? []);
    return { heatmap, map, ...found };
  }

  async #writeMap(image: string, placed: PlacedMap): Promise<string | undefined> {
    const file = this.#maps?.next(image);
    if (file !== undefined) {
      await saveMap(file, placed, { format: this.#format, threshold: this.#threshold });
    }
    return file;
  }

  async #findRegions(placed: PlacedMap): Promise<OutputFields> {
    if (this.#given.regions !== true) {
      return {};
    }
    const { minArea } = this.#given;
    const found = await findRegions(placed, { threshold: this.#threshold, minArea });
    return { pixelThreshold: found.threshold, regions: found.regions, regionsLeftOut: found.leftOut };
  }

  async #writeHeatmap(result: Result, regions: readonly Region[]): Promise<string | undefined> {
    const file = this.#heatmaps?.next(result.image);
    if (file !== undefined) {
      const { pixelLimit } = this.#model;
      const options = { pixelLimit, regions, legend: this.#given.legend === true, scale: this.#scale() };
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
