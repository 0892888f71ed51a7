/** `dinomaly encoders`: the encoders known by name. */
import { type EncoderInfo, listEncoders } from '../index.js';
import { EXIT, print, printJson } from './output.js';

/** Options of `dinomaly encoders`, as commander parses them. */
export interface EncodersArguments {
  readonly json?: boolean;
}

const HEAD = ['name', 'size', 'crop', 'patch', 'parameters', 'licence', 'sha256', 'weights'] as const;

/** Columns of numbers stand to the right. */
const RIGHT = new Set<number>([1, 2, 3, 4]);

function cells({ name, config, size, crop, parameters, licence, weights }: EncoderInfo): string[] {
  const millions = `${(parameters / 1e6).toFixed(1)} M`;
  const hash = weights.sha256 === null ? '-' : weights.sha256.slice(0, 12);
  return [
    name,
    String(size[0]),
    String(crop[0]),
    String(config.patch),
    millions,
    licence,
    hash,
    weights.url ?? weights.note,
  ];
}

function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const place = (cell: string, column: number): string =>
    RIGHT.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(place).join('  ').trimEnd());
}

/**
 * Prints the encoders with input, patch, parameters and where their weights come from: a table, or all of it as JSON.
 *
 * @returns the exit code
 */
export function encodersCommand(given: EncodersArguments): number {
  const encoders = listEncoders();
  if (given.json === true) {
    printJson(encoders, 2);
    return EXIT.ok;
  }
  for (const line of layOut([HEAD, ...encoders.map(cells)])) {
    print(line);
  }
  return EXIT.ok;
}
