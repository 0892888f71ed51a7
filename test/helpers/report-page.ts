/** Reports to look at in a browser: one of a few classes with pictures, one of many without. */
import path from 'node:path';
import type { Page } from 'playwright-core';
import { type Dataset, type PictureResult, ReportGallery, type Sample, writeReport } from '../../lib/index.js';
import { writeDisc } from './drawn-set.js';
import { MADE_PROVENANCE, madeCurves, madeEvaluation } from './evaluation.js';

const MODEL = {
  geometry: { resize: [40, 40], crop: [32, 32], map: [8, 8], scoreRatio: 0.01 },
  calibration: { low: 0, high: 0.3, images: 4 },
} as const;
/** Classes of the small report. */
export const NAMES = ['bolt', '<script>alert(1)</script>', 'שלום', 'clean'];

async function collect(dataset: Dataset, pictures: readonly PictureResult[]): Promise<ReportGallery> {
  const gallery = new ReportGallery(dataset);
  for (const picture of pictures) {
    const map = Float32Array.from({ length: 64 }, (_, at) => (at === 27 ? picture.score : 0.05));
    await gallery.onPicture(picture, { map, height: 8, width: 8 }, MODEL);
  }
  return gallery;
}

/** Four classes with pictures; one of them has normal ones only, and one picture has gone. */
export async function writeSmall(folder: string): Promise<string> {
  const made = madeEvaluation(
    NAMES.map((name) => ({ name, normal: 4, anomalous: name === 'clean' ? 0 : 5, gap: 0.1 })),
  );
  const files = [0, 1].map((label) => path.join(folder, `disc-${label}.png`));
  for (const [label, file] of files.entries()) await writeDisc(file, label, label === 1, 300, 200);
  const pictures = made.pictures.map((one, at) => {
    const link = path.join(folder, `${at}.png`);
    return { ...one, path: at === 0 ? path.join(folder, 'gone.png') : link };
  });
  for (const one of pictures.slice(1)) await writeDisc(one.path, one.label, one.label === 1, 300, 200);
  const samples = pictures.map((one): Sample => ({ ...one, split: 'test', mask: files[1] ?? '' }));
  const dataset: Dataset = {
    root: folder,
    format: 'mvtec',
    classes: NAMES,
    train: [],
    validation: [],
    test: samples,
    madeSplit: null,
    notes: [],
  };
  const curves = Object.fromEntries(NAMES.map((name) => [name, madeCurves(name === 'clean')]));
  const gallery = await collect(dataset, pictures);
  const provenance = { ...MADE_PROVENANCE, dataset: { ...MADE_PROVENANCE.dataset, root: folder } };
  const evaluation = { ...made, pictures, curves };
  return (await writeReport(path.join(folder, 'small'), { evaluation, gallery, provenance, title: 'Four classes' }))
    .page;
}

/** Thirty classes with curves and without pictures, one of a long name. */
export async function writeLarge(folder: string): Promise<string> {
  const classes = Array.from({ length: 30 }, (_, at) => ({
    name: at === 0 ? `long-${'x'.repeat(90)}` : `class ${at}`,
    normal: 20,
    anomalous: 20,
    gap: 0.01 * at,
  }));
  const evaluation = madeEvaluation(classes);
  const curves = Object.fromEntries(classes.map(({ name }) => [name, madeCurves()]));
  return (await writeReport(path.join(folder, 'large'), { evaluation: { ...evaluation, curves } })).page;
}

/** A computed style of the first element that fits. */
export const styleOf = (page: Page, selector: string, property: string): Promise<string> =>
  page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);

/** Contrast of two colours by WCAG 2. */
export function contrast(a: string, b: string): number {
  const light = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [light(a), light(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
