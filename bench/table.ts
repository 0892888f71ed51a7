/** The table of a benchmark. */
import type { Figure } from './figures.js';
import type { Row } from './measure.js';

const MIB = 2 ** 20;

const spread = ({ median, min, max }: Figure, digits: number, unit = ''): string =>
  `${median.toFixed(digits)}${unit} (${min.toFixed(digits)} - ${max.toFixed(digits)})`;

function cells(row: Row, ours: readonly string[]): string[] {
  const { imagesPerSecond, gflopPerSecond, shareOfPeak, latency, residentBytes, faults, timesFaster } = row;
  const percent = shareOfPeak && {
    median: 100 * shareOfPeak.median,
    min: 100 * shareOfPeak.min,
    max: 100 * shareOfPeak.max,
  };
  return [
    row.side,
    spread(imagesPerSecond, 2),
    gflopPerSecond.median.toFixed(0),
    percent === null ? '-' : spread(percent, 0, ' %'),
    latency === null ? '-' : latency.p50.toFixed(0),
    latency === null ? '-' : latency.p99.toFixed(0),
    (residentBytes / MIB).toFixed(0),
    String(faults),
    row.mapError.toPrecision(1),
    ...ours.map((name) => {
      const ratio = timesFaster[name];
      return name === row.side || ratio === undefined ? '' : `${spread(ratio, 2)}`;
    }),
  ];
}

/** Rows of one encoder and batch size. The last columns say how many times faster each of ours is than the side of the row. */
export function table(rows: readonly Row[]): string {
  const ours = [...new Set(rows.flatMap(({ timesFaster }) => Object.keys(timesFaster)))];
  const head = ['', 'images/s', 'GFLOP/s', 'of peak', 'p50 ms', 'p99 ms', 'RSS MiB', 'faults', 'map error'];
  const lines = [[...head, ...ours.map((name) => `${name} is faster`)], ...rows.map((row) => cells(row, ours))];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const aligned = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(aligned).join('  ').trimEnd()).join('\n');
}
