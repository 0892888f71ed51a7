/** The thresholds in the models' files: what they were measured on, and the false rejects that they lead one to expect. */
import type { Evaluation } from '../../evaluation/types.js';
import type { PixelThreshold } from '../../thresholds/types.js';
import { html, type Markup } from '../markup.js';
import type { ModelProvenance } from '../provenance.js';
import { figure, percent } from './format.js';
import { scrolling } from './tables.js';

type Row = readonly [of: string, threshold: PixelThreshold];

/** The thresholds that this evaluation can have used, and that of pixels. */
function rowsOf({ className, thresholds }: ModelProvenance, evaluated: ReadonlySet<string>): Row[] {
  if (thresholds === null) {
    return [];
  }
  const { classes, image, pixel, pixelClasses } = thresholds;
  const names = className === null ? evaluated : new Set([className]);
  const own = Object.entries(classes).filter(([name]) => names.has(name));
  const rest: Row[] =
    own.length === names.size ? [] : [[className ?? (own.length === 0 ? 'all classes' : 'other classes'), image]];
  const ownPixels = Object.entries(pixelClasses).filter(([name]) => names.has(name));
  const pixels = ownPixels.map(([name, threshold]): Row => [`${name}: pixels`, threshold]);
  const restPixels: Row = [
    className !== null ? `${className}: pixels` : pixels.length === 0 ? 'pixels' : 'other classes: pixels',
    pixel,
  ];
  return [...own, ...rest, ...pixels, ...(pixels.length === names.size ? [] : [restPixels])];
}

function drawRow([of, { value, images, falseRejectRate, falseRejectInterval }]: Row): Markup {
  const [low, high] = falseRejectInterval;
  return html`<tr><th scope="row"><bdi>${of}</bdi></th><td class="number">${figure(value)}</td><td class="number">${images}</td><td class="number">${percent(falseRejectRate, 2)}</td><td class="number">${percent(low, 2)} to ${percent(high, 2)}</td></tr>`;
}

/** Nothing where no model has thresholds. */
export function storedThresholds(models: readonly ModelProvenance[], { classes }: Evaluation): Markup | null {
  const evaluated = new Set(classes.map(({ name }) => name));
  const rows = models.flatMap((model) => rowsOf(model, evaluated));
  if (rows.length === 0) {
    return null;
  }
  const stored = models.flatMap(({ thresholds }) => (thresholds === null ? [] : [thresholds]));
  const levels = [...new Set(stored.map(({ confidenceLevel }) => percent(confidenceLevel, 0)))].join(', ');
  const flatters = stored.some(({ method }) => method === 'f1-max');
  const name = 'Thresholds stored with the model';
  const words = `Measured when the model was calibrated. The interval is where the false reject rate of new normal pictures is to be expected, at a confidence of ${levels}. That of pixels counts pictures with any pixel above it.`;
  const caution = flatters
    ? ' Thresholds of the highest F1 score were chosen on the pictures that they were measured on: rate and interval flatter them.'
    : '';
  const notes = stored.flatMap((one) => one.notes);
  return html`${scrolling(
    name,
    `${words}${caution}`,
    html`<table>
<caption>${name}</caption>
<thead><tr><th scope="col">For</th><th scope="col" class="number">Threshold</th><th scope="col" class="number">Normal pictures</th><th scope="col" class="number">False reject rate</th><th scope="col" class="number">Expected</th></tr></thead>
<tbody>
${rows.map(drawRow)}
</tbody>
</table>`,
  )}
${notes.length === 0 ? null : html`<ul class="notes">${notes.map((note) => html`<li><bdi>${note}</bdi></li>`)}</ul>`}`;
}
