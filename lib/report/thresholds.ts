/** Thresholds as a table of text: one row a class for pictures and one for pixels, then those of all classes together. */

import { visible } from '../text.js';
import { checkThresholds } from '../thresholds/check.js';
import type { PixelThreshold, Thresholds } from '../thresholds/types.js';
import { layOut } from './table.js';

function percent(share: number): string {
  return (100 * share).toFixed(2);
}

function row(name: string, { value, images, falseRejectRate, falseRejectInterval }: PixelThreshold): string[] {
  const interval = falseRejectInterval.map(percent).join(' - ');
  return [visible(name), value.toPrecision(6), String(images), percent(falseRejectRate), interval];
}

/**
 * The thresholds with their false reject rates in percent, measured and to be expected.
 *
 * @returns lines joined by newlines, none at the end
 * @throws TypeError, RangeError for what are no thresholds
 */
export function formatThresholds(thresholds: Thresholds): string {
  const checked = checkThresholds(thresholds, 'thresholds');
  const { method, falseRejectRate, confidenceLevel, image, classes, pixel, pixelClasses, notes } = checked;
  const head = ['class', 'threshold', 'pictures', 'rejects', `interval at ${confidenceLevel}`];
  const rows = Object.entries(classes).map(([name, threshold]) => row(name, threshold));
  const pixels = Object.entries(pixelClasses).map(([name, threshold]) => row(`${name}: pixels`, threshold));
  const lines = layOut([head, ...rows, ...pixels, row('all classes', image), row('pixels', pixel)]);
  const rule = '-'.repeat(Math.max(...lines.map((line) => line.length)));
  const [first = '', ...rest] = lines;
  const last = rest.splice(-2);
  const chosen =
    method === 'f1-max'
      ? 'where F1 of the anomalous is largest: rates and intervals flatter the pictures that they were chosen on'
      : `for a false reject rate of ${falseRejectRate}`;
  const tail = `False rejects of normal pictures in %, of pixels those with any pixel above; thresholds ${chosen}.`;
  return [first, rule, ...rest, ...(rest.length > 0 ? [rule] : []), ...last, ...notes.map(visible), tail].join('\n');
}
