/** How the page of a report looks in a real Chromium: light, dark, in print, on a phone, and without colours. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { openPage } from '../helpers/chromium.js';
import { SHOTS, showReports, test } from '../helpers/report-browser.js';
import { contrast, styleOf } from '../helpers/report-page.js';

let browser: Browser;
let small: string;
let large: string;
showReports((shown) => {
  ({ browser, small, large } = shown);
});

async function screenshot(t: ExecutionContext, page: Page, name: string): Promise<void> {
  const file = path.join(SHOTS, `${name}.png`);
  await page.screenshot({ path: file, fullPage: true });
  t.true(statSync(file).size > 20_000, `${name}.png shows something`);
}

const background = (page: Page): Promise<string> => styleOf(page, 'body', 'backgroundColor');
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

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

test('an enlarged heatmap is as large as the screen allows, beside its picture and mask', async (t) => {
  for (const [width, height] of [
    [1600, 900],
    [1000, 1000],
    [360, 740],
  ] as const) {
    const { page } = await openPage(browser, small, { viewport: { width, height } });
    await page.click('#open');
    await page.locator('#class-1 .entry button').first().click();
    t.deepEqual(await page.locator('#zoom').boundingBox(), { x: 0, y: 0, width, height });
    const boxes = await Promise.all([0, 1, 2].map((at) => page.locator('#zoom .shot').nth(at).boundingBox()));
    const area = (at: number): number => (boxes[at]?.width ?? 0) * (boxes[at]?.height ?? 0);
    t.true(area(2) > 0.4 * width * height, `${width} x ${height}: ${area(2)}`);
    t.true(area(2) > 2 * area(0) && area(2) > 2 * area(1));
    for (const box of boxes) t.true(box !== null && box.x + box.width <= width && box.y + box.height <= height);
    await page.screenshot({ path: path.join(SHOTS, `enlarged-${width}.png`) });
    await page.context().close();
  }
});

test('pictures that are not square stand without bars beside them', async (t) => {
  const { page } = await openPage(browser, small);
  await page.click('#open');
  const sides = (await page.evaluate(
    '[...document.querySelectorAll(".gallery img")].map((one) => one.clientWidth / one.clientHeight)',
  )) as number[];
  t.true(sides.length > 0);
  for (const ratio of sides) t.true(Math.abs(ratio - 1.5) < 0.03, String(ratio));
  await page.context().close();
});

test('on a laptop the metrics of all columns are in sight', async (t) => {
  const { page } = await openPage(browser, small, { viewport: { width: 1280, height: 800 } });
  const spare =
    "(() => { const box = document.querySelector('#metrics .scroll'); return box.clientWidth - box.scrollWidth; })()";
  t.is(await page.evaluate(spare), 0);
  await page.context().close();
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
