/** A report of wide and tall pictures that were scored in tiles, with maps made by hand: where a defect is they are hot. */
import path from 'node:path';
import { type Dataset, type PictureResult, ReportGallery, type Sample, writeReport } from '../../lib/index.js';
import { pictureGeometry } from '../../lib/maps/tiles.js';
import type { Geometry } from '../../lib/options/types.js';
import { writePng } from './drawn-set.js';
import { madeEvaluation } from './evaluation.js';

/** The crop takes 53 pixels away from each side of a tile of 320, and so from each edge of a picture. */
const GEOMETRY: Geometry = {
  ...{ resize: [96, 96], crop: [64, 64], map: [64, 64], scoreRatio: 0.01 },
  tiles: { size: [320, 320], overlap: 22 },
};
const MODEL = { geometry: GEOMETRY, calibration: { low: 0, high: 0.3, images: 4 } } as const;

/** Classes of the report, and the sizes of their pictures. */
export const SHAPES = {
  wide: { width: 1600, height: 400 },
  tall: { width: 400, height: 1600 },
  square: { width: 800, height: 800 },
} as const;

/** Half the side of a defect in pixels. */
const HALF = 40;

type Shape = keyof typeof SHAPES;
type Place = readonly [x: number, y: number];

/** Towards the ends, where a map that is stretched lies the farthest from its picture. */
function places({ width, height }: { readonly width: number; readonly height: number }): readonly Place[] {
  return [
    [110, 110],
    [width - 110, height - 110],
    [width / 2 + 90, height / 2 - 60],
  ];
}

async function writePart(file: string, shape: Shape, place: Place | undefined, mask = false): Promise<void> {
  const { width, height } = SHAPES[shape];
  const data = Buffer.alloc(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bad = place !== undefined && Math.abs(x + 0.5 - place[0]) < HALF && Math.abs(y + 0.5 - place[1]) < HALF;
      const cloth = mask ? 0 : 60 + 8 * (Math.floor(x / 50) % 2) + 8 * (Math.floor(y / 50) % 2);
      data.fill(bad ? 255 : cloth, 3 * (y * width + x), 3 * (y * width + x) + 3);
    }
  }
  await writePng(file, data, width, height);
}

/** Hot in the map's pixels whose centres lie on the defect. */
function mapOf(shape: Shape, place: Place | undefined, score: number) {
  const { width, height } = SHAPES[shape];
  const { resize, crop, map } = pictureGeometry({ width, height }, GEOMETRY);
  const at = (index: number, axis: 0 | 1, length: number): number =>
    (((index + 0.5) * crop[axis]) / map[axis] + (resize[axis] - crop[axis]) / 2) * (length / resize[axis]);
  const values = Float32Array.from({ length: map[0] * map[1] }, (_, index) => {
    const [x, y] = [at(index % map[1], 1, width), at(Math.floor(index / map[1]), 0, height)];
    const hot = place !== undefined && Math.abs(x - place[0]) < HALF && Math.abs(y - place[1]) < HALF;
    return hot ? score : 0.05;
  });
  return { map: values, height: map[0], width: map[1], isAnomalous: place !== undefined, pixelThreshold: 0.3 };
}

/** The page of the report: three bad pictures and a good one of each shape. */
export async function writeShapes(folder: string): Promise<string> {
  const names = Object.keys(SHAPES) as Shape[];
  const made = madeEvaluation(names.map((name) => ({ name, normal: 1, anomalous: 3 })));
  const parts = made.pictures.map((one, at) => {
    const shape = one.className as Shape;
    const place = one.label === 1 ? places(SHAPES[shape])[(at % 4) - 1] : undefined;
    const picture: PictureResult = { ...one, path: path.join(folder, `${shape}-${at}.png`) };
    const mask = path.join(folder, `${shape}-${at}-mask.png`);
    return { shape, place, picture, mask };
  });
  const samples = parts.map(({ picture, mask }): Sample => ({ ...picture, split: 'test', mask }));
  const dataset: Dataset = {
    ...{ root: folder, format: 'mvtec', classes: names, train: [], validation: [], test: samples, madeSplit: null },
    notes: [],
  };
  const gallery = new ReportGallery(dataset);
  for (const { shape, place, picture, mask } of parts) {
    await writePart(picture.path, shape, place);
    if (place !== undefined) await writePart(mask, shape, place, true);
    await gallery.onPicture(picture, mapOf(shape, place, 0.9), MODEL);
  }
  const evaluation = { ...made, pictures: parts.map(({ picture }) => picture) };
  return (await writeReport(path.join(folder, 'shapes'), { evaluation, gallery, title: 'Shapes' })).page;
}
