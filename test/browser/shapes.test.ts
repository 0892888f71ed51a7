/** Wide and tall pictures that were scored in tiles, in the page of a report: picture, mask, heatmap and outline coincide. */
import path from 'node:path';
import anyTest from 'ava';
import type { Browser, Page } from 'playwright-core';
import { findChromium, launchChromium, openPage } from '../helpers/chromium.js';
import { temporaryFolder } from '../helpers/drawn-set.js';
import { SHOTS, test } from '../helpers/report-browser.js';
import { SHAPES, writeShapes } from '../helpers/shapes-report.js';

const { folder, remove } = temporaryFolder();
const SCREENS = [
  [1440, 900],
  [390, 844],
] as const;
let browser: Browser;
let file: string;

anyTest.before(async () => {
  const executable = findChromium();
  if (executable !== undefined) {
    file = await writeShapes(folder);
    browser = await launchChromium(executable);
  }
});
anyTest.after.always(async () => {
  await browser?.close();
  remove();
});

interface Seen {
  /** The picture as it is shown, in pixels of the screen. */
  readonly width: number;
  readonly height: number;
  /** Width by height of its file. */
  readonly aspect: number;
  /** Box of what is white, or warm, as shares of its sides. */
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
}

/** What an image shows: a defect is white or red, and the outline around it is white. */
const LOOK = `(image) => {
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = new OffscreenCanvas(width, height).getContext('2d');
  canvas.drawImage(image, 0, 0);
  const { data } = canvas.getImageData(0, 0, width, height);
  const box = [1, 1, 0, 0];
  for (let at = 0; at < width * height; at++) {
    const [red, green, blue] = data.subarray(4 * at, 4 * at + 3);
    if (red < 170 || (blue < 170 && red < blue + 60)) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    box[0] = Math.min(box[0], x / width);
    box[1] = Math.min(box[1], y / height);
    box[2] = Math.max(box[2], (x + 1) / width);
    box[3] = Math.max(box[3], (y + 1) / height);
  }
  return { width: image.clientWidth, height: image.clientHeight, aspect: width / height, box };
}`;

/** The images of each entry with three: picture, mask and heatmap. */
const entriesOf = (page: Page, selector: string): Promise<Seen[][]> =>
  page.evaluate(`(async () => {
    const found = [...document.querySelectorAll('${selector}')].map((entry) => [...entry.querySelectorAll('img')]);
    const entries = found.filter(({ length }) => length === 3);
    await Promise.all(entries.flat().map((image) => image.decode()));
    return entries.map((images) => images.map(${LOOK}));
  })()`);

test('the heatmap and the outline of a wide or tall picture in tiles lie where its defect is', async (t) => {
  const { page } = await openPage(browser, file);
  for (const [at, shape] of Object.keys(SHAPES).entries()) {
    const entries = await entriesOf(page, `#class-${at} .gallery .entry`);
    t.is(entries.length, 3, shape);
    for (const [picture, mask, heatmap] of entries) {
      for (const side of [0, 1, 2, 3]) {
        const [one, two, three] = [picture, mask, heatmap].map((seen) => seen?.box[side] ?? Number.NaN) as [
          number,
          number,
          number,
        ];
        // The outline is outside of the defect: a line of the heatmap's pixels, and as much of softened edge.
        const longest = side % 2 === 0 ? SHAPES[shape as 'wide'].width : SHAPES[shape as 'wide'].height;
        t.true(Math.abs(two - one) * longest < 8, `${shape}, side ${side}: mask ${two}, picture ${one}`);
        t.true(Math.abs(three - one) * longest < 16, `${shape}, side ${side}: heatmap ${three}, picture ${one}`);
      }
    }
  }
  await page.context().close();
});

test('pictures of any shape are shown in their proportions, small and enlarged, and wide ones use the width', async (t) => {
  for (const [width, height] of SCREENS) {
    const { page } = await openPage(browser, file, { viewport: { width, height } });
    await page.click('#open');
    t.is(await page.evaluate('document.documentElement.scrollWidth'), width);
    for (const [at, [shape, size]] of Object.entries(SHAPES).entries()) {
      const card = await page.locator(`#class-${at} .entry`).first().boundingBox();
      for (const seen of (await entriesOf(page, `#class-${at} .gallery .entry`)).flat()) {
        const aspect = seen.width / seen.height;
        const told = `${shape} on ${width}: ${seen.width} x ${seen.height}`;
        t.true(Math.abs(aspect / (size.width / size.height) - 1) < 0.03, told);
        t.true(seen.height <= 480, told);
        if (shape === 'wide') t.true(seen.width > 0.9 * (card?.width ?? Number.NaN), told);
      }
      await page.locator(`#class-${at} .entry button`).first().click();
      const boxes = await Promise.all([0, 1, 2].map((one) => page.locator('#zoom .shot').nth(one).boundingBox()));
      for (const box of boxes) t.true(box !== null && box.x + box.width <= width && box.y + box.height <= height);
      t.is(await page.evaluate('getComputedStyle(document.querySelector("#zoom img")).objectFit'), 'contain');
      // The heatmap as large as the screen allows: it has the whole width, or all the height that there is.
      const [heatmap] = boxes.slice(2);
      const all = shape === 'wide' ? (heatmap?.width ?? 0) / width : (heatmap?.height ?? 0) / height;
      t.true(all > (shape === 'square' ? 0.45 : 0.75), `${shape} on ${width}: ${all}`);
      await page.screenshot({ path: path.join(SHOTS, `enlarged-${shape}-${width}.png`) });
      await page.keyboard.press('Escape');
    }
    await page.context().close();
  }
});
