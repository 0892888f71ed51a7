/** Reports in a real Chromium, for a file of tests; without one its tests are skipped. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import anyTest from 'ava';
import type { Browser } from 'playwright-core';
import { findChromium, launchChromium } from './chromium.js';
import { temporaryFolder } from './drawn-set.js';
import { writeLarge, writeSmall } from './report-page.js';
import { testWhere } from './where.js';

const executable = findChromium();

/** AVA's, or what skips. */
export const test = testWhere(executable !== undefined, 'Chromium (apt-get install chromium, or DINOMALY_CHROMIUM)');

/** Where screenshots go. */
export const SHOTS = path.join(__dirname, '../../build/report-screenshots');

/** What is there once the tests run. */
interface Shown {
  readonly browser: Browser;
  /** The page of a report of a few classes with pictures. */
  readonly small: string;
  /** Of one of many classes without. */
  readonly large: string;
}

/** Starts the browser and writes the reports before the file's tests, and clears up after them. */
export function showReports(use: (shown: Shown) => void): void {
  if (executable === undefined) {
    return;
  }
  const { folder, remove } = temporaryFolder();
  let browser: Browser | undefined;
  anyTest.before(async () => {
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchChromium(executable);
    use({ browser, small: await writeSmall(folder), large: await writeLarge(folder) });
  });
  anyTest.after.always(async () => {
    await browser?.close();
    remove();
  });
}
