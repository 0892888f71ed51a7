/** Sums up what was measured several times. */

export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The value that a share of them does not exceed; 0.5 is the median. Of none it is NaN. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

const short = (value: number): number => Number(value.toPrecision(4));

export function figure(values: readonly number[]): Figure {
  return { median: short(quantile(values, 0.5)), min: short(quantile(values, 0)), max: short(quantile(values, 1)) };
}
