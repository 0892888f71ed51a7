/** A small drawn tree of every layout, with what is to be read of it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DatasetFormat } from '../../lib/index.js';
import { bmp } from './bmp.js';
import { discPixels, maskPixels, writeMask, writePng } from './drawn-set.js';

/** What a tree holds; `drawn` when its split is made, by the defaults. */
export interface Expected {
  readonly classes: readonly string[];
  readonly train: number;
  readonly validation: number;
  /** Test pictures: normal, anomalous. */
  readonly test: readonly [normal: number, anomalous: number];
  readonly drawn: boolean;
}

type Draw = (root: string) => Promise<Expected>;

const [WIDTH, HEIGHT] = [48, 44];

/** Writes text, and its folder. */
export function writeText(file: string, text: string | Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Writes a picture that no other seed below 256 gives: `discPixels` repeats itself. */
function writeDisc(file: string, seed: number, defect = false): Promise<void> {
  const data = discPixels(WIDTH, HEIGHT, seed, defect);
  data[0] = seed;
  return writePng(file, data, WIDTH, HEIGHT);
}

/** Writes interleaved RGB as BMP. */
function writeBmp(file: string, rgb: Buffer): void {
  const rows = Array.from({ length: HEIGHT }, (_, y) => {
    const row = rgb.subarray(3 * y * WIDTH, 3 * (y + 1) * WIDTH);
    return Array.from({ length: WIDTH }, (_, x) => [row[3 * x + 2] ?? 0, row[3 * x + 1] ?? 0, row[3 * x] ?? 0]).flat();
  });
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bmp(rows, 3));
}

interface MvtecTree {
  readonly classes: readonly string[];
  readonly normal?: string;
  readonly kinds?: readonly string[];
  readonly inside?: string;
  readonly validation?: boolean;
  readonly mask?: (folder: string, kind: string, stem: string) => Promise<void>;
}

function maskBeside(name: (stem: string) => string): NonNullable<MvtecTree['mask']> {
  return (folder, kind, stem) => writeMask(path.join(folder, 'ground_truth', kind, name(stem)));
}

/** Two training, one or no validation, one good and two anomalous pictures a class and kind. */
function mvtecTree(tree: MvtecTree): Draw {
  const { classes, normal = 'good', kinds = ['square'], inside = '', validation = false } = tree;
  const mask = tree.mask ?? maskBeside((stem) => `${stem}_mask.png`);
  return async (root) => {
    for (const [at, name] of classes.entries()) {
      const folder = path.join(root, name);
      const seed = 50 * at;
      for (const i of [0, 1]) await writeDisc(path.join(folder, 'train', normal, inside, `00${i}.png`), seed + i);
      if (validation) await writeDisc(path.join(folder, 'validation', normal, inside, '000.png'), seed + 5);
      await writeDisc(path.join(folder, 'test', normal, inside, '000.png'), seed + 7);
      for (const [k, kind] of kinds.entries()) {
        for (const i of [0, 1]) {
          await writeDisc(path.join(folder, 'test', kind, inside, `00${i}.png`), seed + 10 + 2 * k + i, true);
          await mask(folder, kind, `00${i}`);
        }
      }
    }
    const count = classes.length;
    const test = [count, 2 * count * kinds.length] as const;
    return { classes, train: 2 * count, validation: validation ? count : 0, test, drawn: false };
  };
}

const visa: Draw = async (root) => {
  const lines = ['object,split,label,image,mask'];
  for (const [at, name] of ['candle', 'pcb1'].entries()) {
    const images = `${name}/Data/Images`;
    for (const [i, split] of ['train', 'train', 'test'].entries()) {
      await writeDisc(path.join(root, images, `Normal/000${i}.JPG`), 50 * at + i);
      lines.push(`${name},${split},normal,${images}/Normal/000${i}.JPG,`);
    }
    await writeDisc(path.join(root, images, 'Anomaly/000.JPG'), 50 * at + 9, true);
    await writeMask(path.join(root, name, 'Data/Masks/Anomaly/000.png'));
    lines.push(`${name},test,anomaly,${images}/Anomaly/000.JPG,${name}/Data/Masks/Anomaly/000.png`);
  }
  writeText(path.join(root, 'split_csv/1cls.csv'), `${lines.join('\n')}\n`);
  return { classes: ['candle', 'pcb1'], train: 4, validation: 0, test: [2, 2], drawn: false };
};

/** Real-IAD; `inner` is where the JSON files lie. */
export function drawRealIad(inner: string): Draw {
  return async (root) => {
    const folder = path.join(root, 'realiad_1024/audiojack');
    const lists: Record<'train' | 'test', object[]> = { train: [], test: [] };
    const category = 'audiojack';
    for (const [object, split] of [
      [1, 'train'],
      [2, 'train'],
      [3, 'test'],
    ] as const) {
      for (const view of [1, 2]) {
        const image = `OK/S000${object}/audiojack_000${object}_OK_C${view}_20230922.jpg`;
        await writeDisc(path.join(folder, image), 10 * object + view);
        lists[split].push({ category, anomaly_class: 'OK', image_path: image, mask_path: null });
      }
    }
    for (const view of [1, 2]) {
      const image = `NG/BX/S0004/audiojack_0004_NG_BX_C${view}_20230922.jpg`;
      const mask = image.replace('.jpg', '.png');
      await writeDisc(path.join(folder, image), 40 + view, true);
      await writeMask(path.join(folder, mask));
      lists.test.push({ category, anomaly_class: 'BX', image_path: image, mask_path: mask });
    }
    const meta = { prefix: 'audiojack/', normal_class: 'OK', pre_transform: null };
    writeText(path.join(root, inner, 'audiojack.json'), JSON.stringify({ meta, ...lists }));
    return { classes: ['audiojack'], train: 4, validation: 0, test: [2, 2], drawn: false };
  };
}

const btad: Draw = async (root) => {
  const pictures = mvtecTree({
    classes: ['01', '02'],
    normal: 'ok',
    kinds: ['ko'],
    mask: maskBeside((stem) => `${stem}.png`),
  });
  const expected = await pictures(root);
  writeBmp(path.join(root, '01/train/ok/0009.bmp'), discPixels(WIDTH, HEIGHT, 80, false));
  writeBmp(path.join(root, '01/test/ko/0009.bmp'), discPixels(WIDTH, HEIGHT, 81, true));
  writeBmp(path.join(root, '01/ground_truth/ko/0009.bmp'), maskPixels());
  return { ...expected, train: 5, test: [2, 5] };
};

/** Ten items of two parts; the last two have a defect on one. */
const kolektor: Draw = async (root) => {
  for (let item = 1; item <= 10; ++item) {
    const folder = path.join(root, `kos${String(item).padStart(2, '0')}`);
    for (const part of [0, 1]) {
      const defect = item > 8 && part === 1;
      await writeDisc(path.join(folder, `Part${part}.jpg`), 10 * item + part, defect);
      writeBmp(path.join(folder, `Part${part}_label.bmp`), defect ? maskPixels() : Buffer.alloc(3 * WIDTH * HEIGHT));
    }
  }
  return { classes: ['kolektor'], train: 12, validation: 0, test: [6, 2], drawn: true };
};

/** Ten tiles, two of them with a defect. */
const magneticTile: Draw = async (root) => {
  for (let tile = 1; tile <= 10; ++tile) {
    const kind = tile > 8 ? 'MT_Crack' : 'MT_Free';
    for (const shot of kind === 'MT_Free' ? [1, 2] : [1]) {
      const file = path.join(root, kind, 'Imgs', `exp${shot}_num_${4700 + tile}`);
      await writeDisc(`${file}.jpg`, 10 * tile + shot, tile > 8);
      await writeMask(`${file}.png`, tile > 8);
    }
  }
  return { classes: ['magnetic-tile'], train: 10, validation: 0, test: [6, 2], drawn: true };
};

/** Ten normal pictures and two kinds of defect, one of them loose. */
const folder: Draw = async (root) => {
  for (let i = 0; i < 10; ++i) await writeDisc(path.join(root, 'bolt/normal', `${i}.png`), i);
  await writeDisc(path.join(root, 'bolt/anomalous/dent/0.jpg'), 20, true);
  await writeMask(path.join(root, 'bolt/masks/dent/0.png'));
  await writeDisc(path.join(root, 'bolt/anomalous/1.png'), 21, true);
  await writeMask(path.join(root, 'bolt/masks/1_mask.png'));
  return { classes: ['bolt'], train: 7, validation: 0, test: [3, 2], drawn: true };
};

const manifest: Draw = async (root) => {
  const lines = ['image,label,class,mask,split'];
  for (const [i, split] of ['train', 'train', 'validation', 'test'].entries()) {
    await writeDisc(path.join(root, `pictures/${i}.png`), i);
    lines.push(`pictures/${i}.png,normal,bolt,,${split}`);
  }
  await writeDisc(path.join(root, 'pictures/9.png'), 9, true);
  await writeMask(path.join(root, 'truth/9.png'));
  lines.push('pictures/9.png,anomalous,bolt,truth/9.png,test');
  writeText(path.join(root, 'manifest.csv'), `${lines.join('\n')}\n`);
  return { classes: ['bolt'], train: 2, validation: 1, test: [1, 1], drawn: false };
};

/** Draws a set of a layout. */
export const DRAW: Readonly<Record<DatasetFormat, Draw>> = {
  mvtec: mvtecTree({ classes: ['disc', 'ring'] }),
  'mvtec-loco': mvtecTree({
    classes: ['breakfast_box'],
    kinds: ['logical_anomalies', 'structural_anomalies'],
    validation: true,
    mask: async (root, kind, stem) => {
      for (const name of ['000.png', '001.png']) await writeMask(path.join(root, 'ground_truth', kind, stem, name));
    },
  }),
  'mvtec-3d': mvtecTree({
    classes: ['bagel', 'rope'],
    inside: 'rgb',
    validation: true,
    mask: (root, kind, stem) => writeMask(path.join(root, 'test', kind, 'gt', `${stem}.png`)),
  }),
  visa,
  'visa-1cls': mvtecTree({ classes: ['candle', 'pcb1'], kinds: ['bad'], mask: maskBeside((stem) => `${stem}.png`) }),
  'real-iad': drawRealIad('realiad_jsons/realiad_jsons'),
  mpdd: mvtecTree({ classes: ['connector', 'tubes'] }),
  btad,
  'uni-medical': mvtecTree({
    classes: ['brain', 'liver'],
    kinds: ['Ungood'],
    mask: maskBeside((stem) => `label-${stem}.png`),
  }),
  kolektor,
  'magnetic-tile': magneticTile,
  folder,
  manifest,
};
