/** Round numbers along an axis. */

/** The step of 1, 2 or 5 times a power of ten that cuts `range` into about `count` parts. */
function stepOf(range: number, count: number): number {
  const rough = range / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough / Math.SQRT2) ?? 10;
  return factor * power;
}

/** About `count` round numbers from `low` to `high`. */
export function ticks(low: number, high: number, count: number): number[] {
  const step = stepOf(high - low, count);
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  // Products and quotients of whole numbers, so that 0.3 is 0.3.
  const inverse = Math.round(1 / step);
  return Array.from({ length: last - first + 1 }, (_, at) => (step < 1 ? (first + at) / inverse : (first + at) * step));
}

/** The range, widened to round numbers at both ends. */
export function nice(low: number, high: number, count: number): readonly [number, number] {
  const step = stepOf(high - low, count);
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
}
