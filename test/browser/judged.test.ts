/** The page of judged pictures in a real Chromium: it is chosen from by verdict and class, and enlarged. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { encodeThumbnail } from '../../lib/image/thumbnail.js';
import { type JudgedEntry, renderJudgedPage } from '../../lib/report/html/judged-page.js';
import type { VerdictWord } from '../../lib/scoring.js';
import { openPage } from '../helpers/chromium.js';
import { discPixels } from '../helpers/drawn-set.js';
import { SHOTS, showReports, test } from '../helpers/report-browser.js';

let browser: Browser;
showReports((shown) => {
  ({ browser } = shown);
});

const JUDGED: readonly (readonly [VerdictWord, string | null])[] = [
  ['UNKNOWN PART', null],
  ['BAD', 'bolt'],
  ['BAD', 'nut'],
  ['NOT SURE', 'bolt'],
  ['GOOD', 'nut'],
];

async function writeJudged(name: string): Promise<string> {
  const counts = new Map<VerdictWord | null, number>();
  const entries: JudgedEntry[] = [];
  for (const [at, [verdict, className]] of JUDGED.entries()) {
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    const data = discPixels(96, 72, at, verdict === 'BAD');
    const picture = await encodeThumbnail({ data, width: 96, height: 72, channels: 3 });
    const threshold = verdict === 'UNKNOWN PART' ? null : 0.2;
    entries.push({
      path: `new/${at}.png`,
      className,
      verdict,
      score: 0.5 - at / 10,
      threshold,
      picture,
      heatmap: picture,
    });
  }
  const about = { model: 'line1/model.safetensors', date: '2026-01-31T12:00:00.000Z', version: '1.0.0' };
  const file = path.join(SHOTS, `${name}.html`);
  writeFileSync(file, renderJudgedPage({ entries, counts, ...about, warnings: ['This is a trial.'] }));
  return file;
}

const shown = (page: Page): Promise<string[]> =>
  page.locator('.judged > li:visible').evaluateAll((items) => items.map((item) => String(item.dataset.verdict)));

test('buttons choose the pictures by verdict and by class, and what is chosen is counted', async (t) => {
  const { page } = await openPage(browser, await writeJudged('judged-filter'));
  t.deepEqual(await shown(page), ['UNKNOWN PART', 'BAD', 'BAD', 'NOT SURE', 'GOOD']);
  await page.getByRole('button', { name: 'BAD (2)' }).click();
  t.deepEqual(await shown(page), ['BAD', 'BAD']);
  await page.getByRole('button', { name: 'nut', exact: true }).click();
  t.deepEqual(await shown(page), ['BAD']);
  t.is(await page.locator('#shown').textContent(), '1 shown');
  await page.getByRole('button', { name: 'All', exact: true }).click();
  t.deepEqual(await shown(page), ['BAD', 'GOOD']);
  await page.context().close();
});

test('enlarging steps through the pictures that are chosen, and no others', async (t) => {
  const { page } = await openPage(browser, await writeJudged('judged-enlarge'));
  await page.getByRole('button', { name: 'BAD (2)' }).click();
  await page.locator('.judged > li:visible .entry button').first().click();
  t.is(await page.locator('#zoom .place').textContent(), '1 of 2');
  await page.screenshot({ path: path.join(SHOTS, 'judged-enlarged.png') });
  await page.keyboard.press('ArrowRight');
  t.is(await page.locator('#zoom').getAttribute('aria-label'), 'new/2.png');
  await page.context().close();
});

test('the page of judged pictures has no fault that axe finds', async (t) => {
  const { page } = await openPage(browser, await writeJudged('judged'), { bypassCSP: true });
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  t.deepEqual(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
  );
  await page.screenshot({ path: path.join(SHOTS, 'judged.png'), fullPage: true });
  await page.context().close();
});
