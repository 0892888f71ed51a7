/** Tables of pictures in files: CSV and JSON lines, read as streams. What a column means is decided elsewhere. */
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { CsvError, parse } from 'csv-parse';
import { isRecord } from '../check.js';
import { DinomalyError } from '../errors.js';
import { reasonOf } from '../kinds.js';
import { readPieces } from '../read.js';
import { suggestion } from '../words.js';

/** One line of a table: its number, counted from 1, and its cells by column. */
export interface Row {
  readonly line: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/** Columns that a table must and may have. */
export interface Columns {
  readonly required: readonly string[];
  /** `'any'` lets every other column be. */
  readonly optional: readonly string[] | 'any';
}

/** Longest line: an unclosed quote, or a file of another kind, must not fill the memory. */
const MOST_BYTES = 1 << 20;

/** The place of a fault in a table. */
export function place(file: string, line: number, column?: string): string {
  return `${file}, line ${line}${column === undefined ? '' : `, column '${column}'`}`;
}

/**
 * Why a text is no name of a class; undefined when it is one. Model files of single classes are named by their class, which
 * must not lead out of their folder.
 */
export function badClassName(name: string): string | undefined {
  return /[/\\\0]/.test(name) ? `the name of a class has no slash, but found ${JSON.stringify(name)}` : undefined;
}

function damaged(where: string, why: string, cause?: unknown): DinomalyError {
  return new DinomalyError('DATASET_LAYOUT', `${where}: ${why}`, { cause });
}

function refuseUnknown(where: string, name: string, { required, optional }: Columns): void {
  if (optional === 'any' || required.includes(name) || optional.includes(name)) {
    return;
  }
  const known = [...required, ...optional];
  const hint = suggestion(name, known) ?? `The columns are ${known.join(', ')}.`;
  throw damaged(where, `there is no column '${name}'. ${hint}`);
}

/** What stands in place of bytes that are no UTF-8. */
const REPLACED = '\uFFFD';

/** Text in another encoding reads as if it were UTF-8: names come out wrong, and no file bears them. */
function refuseForeignText(where: string, text: string): void {
  if (text.includes(REPLACED)) {
    throw damaged(where, 'it has bytes that are no UTF-8: save the file as UTF-8');
  }
}

/** A header in one cell that names several columns is of a table with another separator. */
function refuseOtherSeparator(where: string, header: readonly string[]): void {
  const separator = header.length === 1 ? /[;\t|]/.exec(header[0] ?? '')?.[0] : undefined;
  if (separator !== undefined) {
    throw damaged(
      where,
      `cells are separated by commas, but found ${JSON.stringify(separator)}: save the file as CSV with commas`,
    );
  }
}

function checkHeader(file: string, line: number, header: readonly string[], columns: Columns): void {
  const where = place(file, line);
  refuseOtherSeparator(where, header);
  const twice = header.find((name, at) => header.indexOf(name) !== at);
  if (twice !== undefined) {
    throw damaged(where, `the column '${twice}' is there twice`);
  }
  for (const name of header) {
    refuseUnknown(where, name, columns);
  }
  const missing = columns.required.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    const names = missing.map((name) => `'${name}'`).join(', ');
    throw damaged(where, `the header lacks the column ${names}; it has ${header.join(', ')}`);
  }
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function* parseCsv(file: string): AsyncGenerator<CsvRecord, void, void> {
  const parser = parse({
    bom: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MOST_BYTES,
  });
  const source = Readable.from(readPieces(file), { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    yield* parser as AsyncIterable<CsvRecord>;
  } catch (error) {
    if (error instanceof CsvError) {
      throw damaged(place(file, Number(error.lines)), `it is no CSV: ${error.message}`, error);
    }
    throw error;
  } finally {
    source.destroy();
  }
}

/**
 * Lines of a CSV file whose first line names the columns. A byte order mark, CRLF and quoted cells are taken as they should be.
 *
 * @throws DinomalyError `DATASET_LAYOUT` naming file, line and column; `FILE_READ`
 */
export async function* readCsv(file: string, columns: Columns): AsyncGenerator<Row, void, void> {
  let header: readonly string[] | undefined;
  for await (const { record, info } of parseCsv(file)) {
    refuseForeignText(place(file, info.lines), record.join());
    if (header === undefined) {
      checkHeader(file, info.lines, record, columns);
      header = record;
    } else if (record.length !== header.length) {
      throw damaged(place(file, info.lines), `it has ${record.length} cells, the header ${header.length}`);
    } else {
      yield { line: info.lines, cells: Object.fromEntries(header.map((name, at) => [name, record[at]])) };
    }
  }
  if (header === undefined) {
    throw damaged(file, `it is empty; its first line names the columns ${columns.required.join(', ')}`);
  }
}

/** Lines of a text file, without the ends of lines. */
async function* readLines(file: string): AsyncGenerator<string, void, void> {
  // A character may lie across two pieces.
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let line = 1;
  for await (const piece of readPieces(file)) {
    const lines = (rest + decoder.write(piece)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    line += lines.length;
    if (rest.length > MOST_BYTES) {
      throw damaged(place(file, line), `it is longer than ${MOST_BYTES} characters`);
    }
  }
  yield rest + decoder.end();
}

function parseLine(where: string, text: string, columns: Columns): Row['cells'] {
  refuseForeignText(where, text);
  const hint = text.trimStart().startsWith('[') ? '; an array is no JSON lines: write one object a line' : '';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(where, `it is no JSON: ${reasonOf(error)}${hint}`, error);
  }
  if (!isRecord(value)) {
    throw damaged(where, `it is no JSON object${hint}`);
  }
  for (const name of Object.keys(value)) {
    refuseUnknown(where, name, columns);
  }
  return value;
}

/**
 * Objects of a JSON-lines file, one a line; empty lines do not count.
 *
 * @throws DinomalyError `DATASET_LAYOUT` naming file and line; `FILE_READ`
 */
export async function* readJsonLines(file: string, columns: Columns): AsyncGenerator<Row, void, void> {
  let line = 0;
  for await (const text of readLines(file)) {
    line++;
    const plain = line === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (plain.trim() !== '') {
      yield { line, cells: parseLine(place(file, line), plain, columns) };
    }
  }
}
