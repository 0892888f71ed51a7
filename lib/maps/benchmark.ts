/** Maps of a whole test set, in the folders that the benchmarks' evaluation scripts and servers read. */
import { basename, dirname, join, parse, sep } from 'node:path';
import { checkNumber, checkOneOf, checkOptions, checkPath, checkSignal, MAP_VALUE, orDefault } from '../check.js';
import { DinomalyError } from '../errors.js';
import type { PictureResult } from '../evaluation/types.js';
import { makeFolder } from '../files.js';
import { checkDecoding, DECODE_KEYS, type DecodeOptions } from '../image/decoding.js';
import type { Orientation } from '../image/orientation.js';
import { checkModel, pixelThreshold, thresholdMissing } from './check.js';
import { MAP_EXTENSIONS, type MapFormat, saveMap } from './encode.js';
import { MAP_FORMATS, MAP_LAYOUTS } from './formats.js';
import { placeMap } from './place.js';
import type { AnomalyMap, MapModel } from './types.js';

/**
 * Where the maps of a test set stand:
 *
 * - `'mvtec'`: `anomaly_maps/CLASS/test/DEFECT/NAME.tiff`, of the evaluation scripts of MVTec AD, LOCO and 3D-AD. Where
 *   pictures of several folders share a name, as in KolektorSDD, those after the first are `FOLDER-NAME.tiff`.
 * - `'mvtec-ad-2'`: `anomaly_images/CLASS/SPLIT/NAME.tiff` and, with a threshold, the masks
 *   `anomaly_images_thresholded/CLASS/SPLIT/NAME.png`, of the server of MVTec AD 2. SPLIT is the end of the picture's
 *   path from the folder on whose name begins with `test`: `test_private`, or `test_public/bad`.
 */
export type MapLayout = (typeof MAP_LAYOUTS)[number];

/** Options of {@link mapWriter}. */
export interface MapWriterOptions extends DecodeOptions {
  /** Default: `'mvtec'`. */
  readonly layout?: MapLayout | undefined;
  /** Default: `'tiff'`, for `'mvtec-ad-2'` `'tiff16'`. */
  readonly format?: MapFormat | undefined;
  /** What pixels get that were not inspected: the scripts take no NaN. Default: 0, that is normal. */
  readonly fill?: number | undefined;
  /**
   * With `'mvtec-ad-2'`: writes masks of what is above it too. With format `'mask'`: the threshold. Default: the model's
   * pixel threshold of the class.
   */
  readonly threshold?: number | undefined;
  /** The callback rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A callback for `evaluate`'s `onPicture`. */
export type MapWriter = (picture: PictureResult, result: AnomalyMap, model: MapModel) => Promise<void>;

/** What names the files of a picture. */
type Pictured = Pick<PictureResult, 'path' | 'className' | 'defect'>;

interface Target {
  readonly file: string;
  readonly format: MapFormat;
}

interface Plan {
  readonly folder: string;
  readonly layout: MapLayout;
  readonly format: MapFormat;
  readonly threshold: number | undefined;
}

/** A name from a dataset as the name of one folder: a manifest may hold any text. */
function folderName(name: string, picture: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name)) {
    const what = `'${name}' of the picture ${picture} is no name of a folder`;
    throw new DinomalyError('FILE_WRITE', `Cannot write its map: ${what}; rename the class or the defect`);
  }
  return name;
}

/** The folders of a picture from that of its split on, as the server wants them again. */
function splitFolders(picture: string): string[] {
  const folders = dirname(picture).split(sep);
  const split = folders.findLastIndex((name) => name.startsWith('test'));
  return split < 0 ? ['test'] : folders.slice(split);
}

/** Another file for a picture whose name one of another folder has taken, by the names of both. */
function besides({ file, format }: Target, picture: string): Target {
  return { file: join(dirname(file), `${basename(dirname(picture))}-${basename(file)}`), format };
}

function targets({ folder, layout, format, threshold }: Plan, { path, className, defect }: Pictured): Target[] {
  const { name } = parse(path);
  const file = (top: string, sub: readonly string[], kind: MapFormat): Target => ({
    file: join(folder, top, folderName(className, path), ...sub, `${name}${MAP_EXTENSIONS[kind]}`),
    format: kind,
  });
  if (layout === 'mvtec') {
    return [file('anomaly_maps', ['test', folderName(defect, path)], format)];
  }
  const split = splitFolders(path);
  const masks = threshold === undefined ? [] : [file('anomaly_images_thresholded', split, 'mask')];
  return [file('anomaly_images', split, format), ...masks];
}

/** Files of pictures; two never share one. */
class Targets {
  readonly #written = new Map<string, string>();

  of(plan: Plan, picture: Pictured): Target[] {
    return targets(plan, picture).map((wanted) => {
      const first = this.#written.get(wanted.file);
      const apart = plan.layout === 'mvtec' && first !== undefined && dirname(first) !== dirname(picture.path);
      const target = apart ? besides(wanted, picture.path) : wanted;
      const other = this.#written.get(target.file);
      if (other !== undefined && other !== picture.path) {
        const both = `${other} and ${picture.path} share the name`;
        throw new DinomalyError('FILE_WRITE', `Cannot write ${target.file}: ${both}; rename one`);
      }
      this.#written.set(target.file, picture.path);
      return target;
    });
  }
}

interface Checked extends Omit<Plan, 'folder' | 'threshold'> {
  readonly fill: number;
  readonly own: number | undefined;
  readonly decoding: DecodeOptions;
  readonly signal: AbortSignal | undefined;
}

function check(options: MapWriterOptions | undefined): Checked {
  const given = checkOptions(options, 'options', ['layout', 'format', 'fill', 'threshold', 'signal', ...DECODE_KEYS]);
  const layout = checkOneOf(orDefault(given.layout, 'mvtec'), 'options.layout', MAP_LAYOUTS);
  const usual = layout === 'mvtec' ? 'tiff' : 'tiff16';
  return {
    layout,
    format: checkOneOf(orDefault(given.format, usual), 'options.format', MAP_FORMATS),
    fill: checkNumber(orDefault(given.fill, 0), 'options.fill', MAP_VALUE),
    own: given.threshold === undefined ? undefined : checkNumber(given.threshold, 'options.threshold'),
    // The orientation of the model unless another is given.
    decoding: { ...checkDecoding(given), orientation: given.orientation as Orientation | undefined },
    signal: checkSignal(given.signal, 'options.signal'),
  };
}

/**
 * All files that a {@link mapWriter} of the same options may write for these pictures, masks included.
 *
 * @throws as {@link mapWriter} and its callback for names
 */
export function mapFiles(folder: string, options: MapWriterOptions, pictures: readonly Pictured[]): string[] {
  const { layout, format } = check(options);
  const targetsOf = new Targets();
  const plan = { folder, layout, format, threshold: 0 };
  return pictures.flatMap((picture) => targetsOf.of(plan, picture).map(({ file }) => file));
}

/**
 * Makes a callback that writes the map of each picture in the picture's own pixels: give it to `evaluator.evaluate` as
 * `onPicture`. What was not inspected counts as normal unless `fill` says otherwise.
 *
 * @param folder - path or `file:` URL; made when missing
 * @throws TypeError, RangeError naming the option at fault. The callback: DinomalyError `THRESHOLD_MISSING` where masks are
 * asked for and neither the options nor the model has a threshold; `FILE_WRITE`, also when two pictures would have one
 * file; `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`
 */
export function mapWriter(folder: string | URL, options?: MapWriterOptions): MapWriter {
  const { layout, format, fill, own, decoding, signal } = check(options);
  const root = checkPath(folder, 'folder');
  const targetsOf = new Targets();
  return async (picture, result, model) => {
    const geometry = checkModel(model);
    const threshold = own ?? pixelThreshold(model.thresholds, 'model.thresholds', picture.className) ?? undefined;
    if (format === 'mask' && threshold === undefined) {
      throw thresholdMissing("maps of format 'mask' need {threshold}, or a model that has been calibrated");
    }
    const files = targetsOf.of({ folder: root, layout, format, threshold }, picture);
    const placed = await placeMap(result, picture.path, geometry, { ...decoding, signal });
    for (const target of files) {
      await makeFolder(dirname(target.file));
      await saveMap(target.file, placed, { format: target.format, fill, threshold, signal });
    }
  };
}
