/**
 * Tables as CSV (RFC 4180, UTF-8, a point in decimals). Null is an empty field. Text that a spreadsheet would run as a formula
 * gets an apostrophe before it: the names of files and classes are whatever somebody called them.
 */
import { stringify } from 'csv-stringify/sync';

/** A field. A number stays one: only text is taken for a formula. */
export type Cell = string | number | null;

/** The lines of a table, each with its end. */
export function formatCsv(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { record_delimiter: 'windows', escape_formulas: true },
  );
}
