/**
 * Writes the drawn parts as a dataset in MVTec's layout. A mask is where the picture with the defect differs from the same
 * picture without, before light and grain are added: exact, whatever the defect.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { PARTS, type Part, SIDE } from './parts.js';
import { Random } from './random.js';

/** How much to draw of each class. */
export interface DrawOptions {
  readonly seed: number;
  readonly train: number;
  readonly good: number;
  readonly perDefect: number;
}

const CHANNELS = 3;
/** Difference in a channel from which a pixel belongs to the defect. */
const MASK_THRESHOLD = 8;

async function rasterise(part: Part, random: Random, defect: string | undefined): Promise<Uint8Array> {
  const half = SIDE / 2;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}" viewBox="${-half} ${-half} ${SIDE} ${SIDE}">`;
  const ground = `<rect x="${-half}" y="${-half}" width="${SIDE}" height="${SIDE}" fill="${part.background}"/>`;
  const svg = `${head}${ground}${part.draw(random, defect)}</svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer();
}

/** Light from one side, brushed grain and sensor noise; another one for every picture. */
function expose(pixels: Uint8Array, random: Random): Buffer {
  const [slopeX, slopeY, level] = [
    random.between(-0.12, 0.12),
    random.between(-0.12, 0.12),
    random.between(0.94, 1.06),
  ];
  const grain = Array.from({ length: SIDE }, () => 2.5 * random.normal());
  const exposed = Buffer.alloc(pixels.length);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const light = level * (1 + slopeX * (x / SIDE - 0.5) + slopeY * (y / SIDE - 0.5));
      const noise = (grain[y] ?? 0) + 3 * random.normal();
      for (let channel = 0; channel < CHANNELS; channel++) {
        const at = (y * SIDE + x) * CHANNELS + channel;
        exposed[at] = Math.max(0, Math.min(255, Math.round((pixels[at] ?? 0) * light + noise)));
      }
    }
  }
  return exposed;
}

function difference(clean: Uint8Array, defective: Uint8Array): Buffer {
  const mask = Buffer.alloc(SIDE * SIDE);
  for (let at = 0; at < clean.length; at++) {
    if (Math.abs((clean[at] ?? 0) - (defective[at] ?? 0)) > MASK_THRESHOLD) {
      mask[Math.floor(at / CHANNELS)] = 255;
    }
  }
  return mask;
}

async function writePng(path: string, pixels: Buffer, channels: 1 | 3): Promise<void> {
  await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels } })
    .png({ compressionLevel: 3 })
    .toFile(path);
}

function fileName(index: number): string {
  return String(index).padStart(3, '0');
}

async function writeNormal(part: Part, folder: string, count: number, seed: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < count; index++) {
    const random = new Random(seed + index);
    const pixels = await rasterise(part, random, undefined);
    await writePng(join(folder, `${fileName(index)}.png`), expose(pixels, random), CHANNELS);
  }
}

async function writeDefect(part: Part, root: string, defect: string, count: number, seed: number): Promise<void> {
  const pictures = join(root, 'test', defect);
  const masks = join(root, 'ground_truth', defect);
  await mkdir(pictures, { recursive: true });
  await mkdir(masks, { recursive: true });
  for (let index = 0; index < count; index++) {
    const random = new Random(seed + index);
    const clean = await rasterise(part, new Random(seed + index), undefined);
    const defective = await rasterise(part, random, defect);
    await writePng(join(pictures, `${fileName(index)}.png`), expose(defective, random), CHANNELS);
    await writePng(join(masks, `${fileName(index)}_mask.png`), difference(clean, defective), 1);
  }
}

/** Draws the dataset into `root`, which is emptied first. */
export async function drawDataset(root: string, options: DrawOptions): Promise<void> {
  await rm(root, { recursive: true, force: true });
  for (const [index, part] of PARTS.entries()) {
    const seed = options.seed + 100_000 * (index + 1);
    const folder = join(root, part.name);
    await writeNormal(part, join(folder, 'train', 'good'), options.train, seed);
    await writeNormal(part, join(folder, 'test', 'good'), options.good, seed + 10_000);
    for (const [kind, defect] of part.defects.entries()) {
      await writeDefect(part, folder, defect, options.perDefect, seed + 20_000 + 1000 * kind);
    }
  }
}
