/** A real Chromium for the tests of pages: the system's own, driven without a download. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of a Chromium: `DINOMALY_CHROMIUM`, or the first on PATH; undefined when there is none. */
export function findChromium(): string | undefined {
  const { DINOMALY_CHROMIUM: named, PATH = '' } = process.env;
  const folders = PATH.split(path.delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...(named === undefined ? [] : [named]), ...candidates].find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Starts it. The tests' pages are our own, so it needs no sandbox, which containers often lack. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A page and what went wrong or out while it was shown. */
export interface WatchedPage {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

/** Opens a file with every request but that for itself blocked and noted, and every complaint of the console noted. */
export async function openPage(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  const address = `file://${file}`;
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (url === address || url.startsWith('data:')) return route.continue();
    requests.push(url);
    return route.abort();
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(address);
  return { page, requests, complaints };
}
