/** Colours of heatmaps: cold blue over cyan and yellow to hot red, our own table, interpolated between a few stops. */

type Rgb = readonly [red: number, green: number, blue: number];

const STOPS: readonly (readonly [position: number, colour: Rgb])[] = [
  [0, [18, 32, 96]],
  [0.25, [30, 96, 190]],
  [0.45, [60, 180, 190]],
  [0.6, [250, 220, 70]],
  [0.8, [240, 120, 30]],
  [1, [190, 15, 20]],
];

function interpolate(position: number): Rgb {
  const upper = Math.max(
    1,
    STOPS.findIndex(([stop]) => stop >= position),
  );
  const [from, low] = STOPS[upper - 1] ?? [0, [0, 0, 0]];
  const [to, high] = STOPS[upper] ?? [1, [0, 0, 0]];
  const share = (position - from) / (to - from);
  const mix = (a: number, b: number): number => Math.round(a + (b - a) * share);
  return [mix(low[0], high[0]), mix(low[1], high[1]), mix(low[2], high[2])];
}

/** Entries of the table. */
export const COLORMAP_SIZE = 256;

/** 256 colours from cold to hot, RGB interleaved. */
export const colormap: Uint8Array = Uint8Array.from(
  Array.from({ length: COLORMAP_SIZE }, (_, index) => interpolate(index / (COLORMAP_SIZE - 1))).flat(),
);
