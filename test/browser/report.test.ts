/** The page of a report in a real Chromium: by mouse, by keyboard and without script. */
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openPage } from '../helpers/chromium.js';
import { SHOTS, showReports, test } from '../helpers/report-browser.js';
import { NAMES, styleOf } from '../helpers/report-page.js';

let browser: Browser;
let small: string;
let large: string;
showReports((shown) => {
  ({ browser, small, large } = shown);
});

const background = (page: Page): Promise<string> => styleOf(page, 'body', 'backgroundColor');
const focused = (page: Page): Promise<string> => page.evaluate('document.activeElement.outerHTML.slice(0, 200)');
/** The element in focus, once it is the one waited for: the browser may move the focus after a key was answered. */
async function focusedOnce(page: Page, wanted: RegExp): Promise<string> {
  for (let tries = 0; tries < 100 && !wanted.test(await focused(page)); tries++) await page.waitForTimeout(50);
  return focused(page);
}
const column = (page: Page, table: string, at: number): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('${table} tbody tr')].map((row) => row.cells[${at}].dataset.value)`);

test('the page asks for nothing and complains of nothing, closed and open', async (t) => {
  for (const file of [small, large]) {
    const { page, requests, complaints } = await openPage(browser, file);
    await page.click('#open');
    await page.waitForLoadState('networkidle');
    t.deepEqual(requests, []);
    t.deepEqual(complaints, []);
    const broken = '[...document.images].filter((image) => image.naturalWidth === 0).length';
    t.is(await page.evaluate(broken), 0);
    t.is(
      Number(await page.evaluate('document.images.length')) > 0,
      file === small,
      'only the small report has pictures',
    );
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
  t.regex(await focusedOnce(page, /Skip to the figures/), /Skip to the figures/);
  const box = await page.locator('.skip').boundingBox();
  t.true((box?.x ?? -1) >= 0, 'it comes into view');
  await page.keyboard.press('Enter');
  t.regex(await focusedOnce(page, /<main/), /<main/);
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
  await t.notThrowsAsync(dialog.waitFor());
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
  await t.notThrowsAsync(dialog.waitFor({ state: 'hidden' }));
  t.regex(await focusedOnce(page, /Enlarge/), /Enlarge/);
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
  await t.notThrowsAsync(page.locator('#class-0 .gallery').first().waitFor({ state: 'hidden' }));
  t.deepEqual(complaints, []);
  await page.context().close();
});

test('a link to a class opens it, and opens it again after it was closed', async (t) => {
  const { page } = await openPage(browser, large);
  const charts = page.locator('#class-7 .charts');
  t.false(await charts.isVisible());
  for (const time of ['once', 'again']) {
    await page.locator('#metrics a', { hasText: 'class 7' }).press('Enter');
    await t.notThrowsAsync(charts.waitFor(), time);
    await page.click('#close');
    await t.notThrowsAsync(charts.waitFor({ state: 'hidden' }), time);
  }
  await page.context().close();
});
