/** The page of a report in a real Chromium: by mouse, by keyboard, without script, in print, in light and dark, on a phone. */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import anyTest, { type ExecutionContext } from 'ava';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { type Dataset, type PictureResult, ReportGallery, type Sample, writeReport } from '../../lib/index.js';
import { findChromium, launchChromium, openPage } from '../helpers/chromium.js';
import { temporaryFolder, writeDisc } from '../helpers/drawn-set.js';
import { MADE_PROVENANCE, madeEvaluation, pixelCurves } from '../helpers/evaluation.js';

const executable = findChromium();
if (executable === undefined) {
  console.log('skipped: there is no Chromium; install it (apt-get install chromium) or name one in DINOMALY_CHROMIUM');
}
const test = executable === undefined ? anyTest.skip : anyTest;

const { folder, remove } = temporaryFolder();
const SHOTS = path.join(__dirname, '../../build/report-screenshots');
const MODEL = {
  geometry: { resize: [40, 40], crop: [32, 32], map: [8, 8], scoreRatio: 0.01 },
  calibration: { low: 0, high: 0.3, images: 4 },
} as const;
const NAMES = ['bolt', '<script>alert(1)</script>', 'שלום', 'clean'];

let browser: Browser;
let small: string;
let large: string;

async function collect(dataset: Dataset, pictures: readonly PictureResult[]): Promise<ReportGallery> {
  const gallery = new ReportGallery(dataset);
  for (const picture of pictures) {
    const map = Float32Array.from({ length: 64 }, (_, at) => (at === 27 ? picture.score : 0.05));
    await gallery.onPicture(picture, { map, height: 8, width: 8 }, MODEL);
  }
  return gallery;
}

/** Four classes with pictures; one of them has normal ones only, and one picture has gone. */
async function writeSmall(): Promise<string> {
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
  const curves = Object.fromEntries(NAMES.map((name) => [name, pixelCurves()]));
  const gallery = await collect(dataset, pictures);
  const provenance = { ...MADE_PROVENANCE, dataset: { ...MADE_PROVENANCE.dataset, root: folder } };
  const evaluation = { ...made, pictures, curves };
  return (await writeReport(path.join(folder, 'small'), { evaluation, gallery, provenance, title: 'Four classes' }))
    .page;
}

async function writeLarge(): Promise<string> {
  const classes = Array.from({ length: 30 }, (_, at) => ({
    name: at === 0 ? `long-${'x'.repeat(90)}` : `class ${at}`,
    normal: 20,
    anomalous: 20,
    gap: 0.01 * at,
  }));
  const evaluation = madeEvaluation(classes);
  const curves = Object.fromEntries(classes.map(({ name }) => [name, pixelCurves()]));
  return (await writeReport(path.join(folder, 'large'), { evaluation: { ...evaluation, curves } })).page;
}

if (executable !== undefined) {
  anyTest.before(async () => {
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchChromium(executable);
    [small, large] = [await writeSmall(), await writeLarge()];
  });
  anyTest.after.always(async () => {
    await browser?.close();
    remove();
  });
}

async function screenshot(t: ExecutionContext, page: Page, name: string): Promise<void> {
  const file = path.join(SHOTS, `${name}.png`);
  await page.screenshot({ path: file, fullPage: true });
  t.true(statSync(file).size > 20_000, `${name}.png shows something`);
}

const styleOf = (page: Page, selector: string, property: string): Promise<string> =>
  page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
const background = (page: Page): Promise<string> => styleOf(page, 'body', 'backgroundColor');
const focused = (page: Page): Promise<string> => page.evaluate('document.activeElement.outerHTML.slice(0, 200)');
const column = (page: Page, table: string, at: number): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('${table} tbody tr')].map((row) => row.cells[${at}].dataset.value)`);

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

test('the page asks for nothing and complains of nothing, closed and open', async (t) => {
  for (const file of [small, large]) {
    const { page, requests, complaints } = await openPage(browser, file);
    await page.click('#open');
    await page.waitForLoadState('networkidle');
    t.deepEqual(requests, []);
    t.deepEqual(complaints, []);
    const broken = '[...document.images].filter((image) => image.naturalWidth === 0).length';
    t.is(await page.evaluate(broken), 0);
    await page.context().close();
  }
});

test('a class called as a script is text', async (t) => {
  const { page, complaints } = await openPage(browser, small);
  page.on('dialog', () => complaints.push('alert'));
  t.is(await page.locator('#class-1 h3').textContent(), '<script>alert(1)</script>');
  t.deepEqual(complaints, []);
  await page.context().close();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`the ${scheme} page follows the system and has no fault that axe finds, contrast included`, async (t) => {
    const { page } = await openPage(browser, small, { colorScheme: scheme, bypassCSP: true });
    t.is(await background(page), scheme === 'light' ? 'rgb(245, 246, 248)' : 'rgb(15, 19, 24)');
    await page.click('#open');
    t.deepEqual(await violations(page), []);
    await screenshot(t, page, scheme);
    await page.locator('.entry button').first().click();
    t.deepEqual(await violations(page), [], 'with the dialog open');
    await page.context().close();
  });
}

test('the theme can be changed and changed back, by a button that says to what', async (t) => {
  const { page } = await openPage(browser, small, { colorScheme: 'light' });
  const button = page.locator('#theme');
  t.is(await button.textContent(), 'Dark colours');
  await button.press('Enter');
  t.is(await background(page), 'rgb(15, 19, 24)');
  t.is(await button.textContent(), 'Light colours');
  await button.press('Enter');
  t.is(await background(page), 'rgb(245, 246, 248)');
  await page.context().close();
});

test('the first tab stop skips to the figures, and is seen', async (t) => {
  const { page } = await openPage(browser, small);
  await page.keyboard.press('Tab');
  t.regex(await focused(page), /Skip to the figures/);
  const box = await page.locator('.skip').boundingBox();
  t.true((box?.x ?? -1) >= 0, 'it comes into view');
  await page.keyboard.press('Enter');
  t.regex(await focused(page), /<main/);
  await page.context().close();
});

test('every control shows where the focus is', async (t) => {
  const { page } = await openPage(browser, small);
  await page.click('#open');
  const seen = new Set<string>();
  for (let at = 0; at < 60; at++) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
    const element = await focused(page);
    seen.add((await page.evaluate<string>('document.activeElement.tagName')) as string);
    t.not(outline, 'none', element);
  }
  t.true(
    ['A', 'BUTTON', 'SUMMARY', 'DIV'].every((name) => seen.has(name)),
    [...seen].join(),
  );
  await page.context().close();
});

test('a column is sorted by keyboard, best first, then worst first, with the order told and gaps last', async (t) => {
  const { page } = await openPage(browser, small);
  const head = page.locator('#metrics th', { hasText: 'I-AUROC' });
  await head.locator('button').press('Enter');
  t.is(await head.getAttribute('aria-sort'), 'descending');
  const down = await column(page, '#metrics', 3);
  t.is(down.at(-1), '');
  t.deepEqual(
    down.slice(0, 3).map(Number),
    down
      .slice(0, 3)
      .map(Number)
      .sort((a, b) => b - a),
  );
  await head.locator('button').press('Space');
  t.is(await head.getAttribute('aria-sort'), 'ascending');
  const up = await column(page, '#metrics', 3);
  t.deepEqual(up, [...down.slice(0, 3).reverse(), '']);
  await page.locator('#metrics th button', { hasText: 'Class' }).click();
  t.is(await head.getAttribute('aria-sort'), null);
  t.deepEqual((await column(page, '#metrics', 0)).sort(), [...NAMES].sort());
  t.regex((await page.locator('#metrics tfoot').textContent()) ?? '', /^Mean of classes/);
  await page.context().close();
});

test('a picture is enlarged by Enter, the arrows go on, Escape closes and the focus comes back', async (t) => {
  const { page, complaints } = await openPage(browser, small);
  await page.click('#open');
  const button = page.locator('#class-0 .gallery').first().locator('.entry button').first();
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.locator('#zoom');
  t.true(await dialog.isVisible());
  t.is(await dialog.locator('img').count(), 3);
  t.is(await dialog.locator('.place').textContent(), '1 of 3');
  const first = await dialog.locator('.path').textContent();
  await page.keyboard.press('ArrowRight');
  t.is(await dialog.locator('.place').textContent(), '2 of 3');
  t.not(await dialog.locator('.path').textContent(), first);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  t.is(await dialog.locator('.place').textContent(), '3 of 3', 'the last comes before the first');
  await page.screenshot({ path: path.join(SHOTS, 'dialog.png') });
  await page.keyboard.press('Escape');
  t.false(await dialog.isVisible());
  t.regex(await focused(page), /Enlarge/);
  t.deepEqual(complaints, []);
  await page.context().close();
});

test('a picture that has gone leaves a placeholder that says so', async (t) => {
  const { page } = await openPage(browser, small);
  await page.click('#open');
  t.is(await page.getByText('The picture could not be read').count(), 1);
  await page.context().close();
});

test('without script everything is there, and nothing that does nothing', async (t) => {
  const { page, complaints } = await openPage(browser, small, { javaScriptEnabled: false });
  t.is(await page.locator('button:visible').count(), 0);
  t.is(await page.locator('details.class').count(), NAMES.length);
  t.true(await page.locator('#class-0 .gallery').first().isVisible(), 'few classes are open from the start');
  await page.locator('#class-0 summary').click();
  t.false(await page.locator('#class-0 .gallery').first().isVisible());
  t.deepEqual(complaints, []);
  await page.context().close();
});

test('a link to a class opens it', async (t) => {
  const { page } = await openPage(browser, large);
  t.false(await page.locator('#class-7 .charts').isVisible());
  await page.locator('#metrics a', { hasText: 'class 7' }).press('Enter');
  t.true(await page.locator('#class-7 .charts').isVisible());
  await page.context().close();
});

test('print is light, opens every class and leaves the controls out', async (t) => {
  for (const javaScriptEnabled of [true, false]) {
    const { page } = await openPage(browser, large, { colorScheme: 'dark', javaScriptEnabled });
    const pdf = path.join(SHOTS, 'print.pdf');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    t.true(await page.locator('#class-29 .charts').isVisible(), 'a closed class shows');
    t.is(await page.locator('.tools:visible, nav:visible, .entry button:visible').count(), 0);
    t.is(await styleOf(page, '.tile', 'backgroundColor'), 'rgb(255, 255, 255)');
    await page.pdf({ path: pdf, format: 'A4' });
    const pages = readFileSync(pdf, 'latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
    t.true(pages >= 15, `30 classes on ${pages} pages`);
    await page.context().close();
  }
});

test('on a phone nothing but tables reaches beyond the screen, and those scroll by themselves', async (t) => {
  for (const [name, file] of [
    ['phone', small],
    ['phone-large', large],
  ] as const) {
    const { page } = await openPage(browser, file, { viewport: { width: 360, height: 740 } });
    await page.click('#open');
    t.is(await page.evaluate('document.documentElement.scrollWidth'), 360, name);
    await screenshot(t, page, name);
    await page.context().close();
  }
});

test('series differ without colour: dashes of curves, hatching of bars', async (t) => {
  const { page } = await openPage(browser, small);
  t.is(await styleOf(page, '.curve.image', 'strokeDasharray'), 'none');
  t.not(await styleOf(page, '.curve.pixel', 'strokeDasharray'), 'none');
  t.regex(await styleOf(page, '.bar-anomalous', 'fill'), /url\("#hatch"\)/);
  await page.context().close();
});

/** Contrast of two colours by WCAG 2. */
function contrast(a: string, b: string): number {
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

for (const colorScheme of ['light', 'dark'] as const) {
  test(`letters of ${colorScheme} charts have a contrast of 4.5, their lines and bars of 3`, async (t) => {
    const { page } = await openPage(browser, small, { colorScheme });
    const card = await styleOf(page, 'details.class', 'backgroundColor');
    for (const [selector, property, least] of [
      ['.chart .tick', 'fill', 4.5],
      ['.chart .axis', 'fill', 4.5],
      ['.curve.image', 'stroke', 3],
      ['.curve.pixel', 'stroke', 3],
      ['.curve.pro', 'stroke', 3],
      ['.bar-normal', 'fill', 3],
      ['.hatch-line', 'stroke', 3],
      ['.threshold', 'stroke', 3],
      ['.frame', 'stroke', 3],
    ] as const) {
      const ratio = contrast(await styleOf(page, selector, property), card);
      t.true(ratio >= least, `${selector}: ${ratio.toFixed(2)}`);
    }
    await page.context().close();
  });
}
