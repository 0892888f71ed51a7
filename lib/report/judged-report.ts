/** The report of pictures that were judged without labels: filled as they are scored, written at the end. */
import { formatCsv } from '../csv.js';
import { type Decoding, decodingOf } from '../image/decoding.js';
import type { MapModel } from '../maps/types.js';
import { packageVersion } from '../package.js';
import type { StreamResult, VerdictWord } from '../scoring.js';
import { openFolder, writeTogether } from './files.js';
import { type JudgedEntry, type JudgedPicture, renderJudgedPage } from './html/judged-page.js';
import { renderPicture } from './html/shots.js';

/** Pictures on the page; all of them are in the table. */
const MOST_SHOWN = 360;

const NAMES = ['pictures.csv', 'index.html'] as const;

/** Columns of the table of judged pictures. */
export const JUDGED_COLUMNS = ['verdict', 'path', 'class', 'score', 'threshold'] as const;

/** The line of a picture, as {@link JUDGED_COLUMNS}. */
export function judgedCells({ verdict, path, className, score, threshold }: JudgedPicture): (string | number | null)[] {
  return [verdict, path, className, score, threshold];
}

/** How far a picture goes to the front: parts that are unknown first, then by the distance from the threshold. */
function suspicion({ verdict, score, threshold }: JudgedPicture): number {
  return verdict === 'UNKNOWN PART' ? Number.POSITIVE_INFINITY : score - (threshold ?? 0);
}

/** What the report says of the model. */
export interface JudgedBy {
  readonly model: MapModel & Omit<Decoding, 'orientation'>;
  /** Where it was read from. */
  readonly file: string;
  /** What must be read with the verdicts, in sentences. */
  readonly warnings: readonly string[];
  /** Whether heatmaps show outlines. */
  readonly outlines: boolean;
}

/** Gathers judged pictures. */
export class JudgedReport {
  readonly #by: JudgedBy;
  readonly #pictures: JudgedPicture[] = [];
  #entries: JudgedEntry[] = [];
  #least = Number.NEGATIVE_INFINITY;

  constructor(by: JudgedBy) {
    this.#by = by;
  }

  /** The files of a report in a folder. */
  static readonly names: readonly string[] = NAMES;

  /** Makes the folder, before pictures are scored for it. @throws DinomalyError `FILE_WRITE` */
  static prepare(folder: string): Promise<void> {
    return openFolder(folder, NAMES);
  }

  /** Takes the result of a picture, and small copies of the picture and its heatmap if it comes so far to the front. */
  async add(result: StreamResult<string>): Promise<void> {
    const { image: path, className, verdict, score, threshold } = result;
    const told: JudgedPicture = { path, className, verdict, score, threshold };
    this.#pictures.push(told);
    if (suspicion(told) <= this.#least) {
      return;
    }
    const { model, outlines } = this.#by;
    const regions = outlines ? {} : { regions: [] };
    const { picture, heatmap } = await renderPicture(path, result, model, decodingOf(model), regions);
    this.#entries.push({ ...told, picture, heatmap });
    if (this.#entries.length >= 2 * MOST_SHOWN) {
      this.#entries = this.#ranked();
      const last = this.#entries.at(-1);
      this.#least = last === undefined ? this.#least : suspicion(last);
    }
  }

  #ranked(): JudgedEntry[] {
    const order = (a: JudgedEntry, b: JudgedEntry): number => {
      const [first, second] = [suspicion(a), suspicion(b)];
      return first === second ? b.score - a.score : second - first;
    };
    return this.#entries.toSorted(order).slice(0, MOST_SHOWN);
  }

  /**
   * Writes `index.html` and `pictures.csv`; a report that is there is replaced whole.
   *
   * @returns the path of the page
   * @throws DinomalyError `FILE_WRITE`
   */
  async write(folder: string): Promise<string> {
    const counts = new Map<VerdictWord | null, number>();
    for (const { verdict } of this.#pictures) {
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    }
    const { file: model, warnings } = this.#by;
    const about = { model, warnings, date: new Date().toISOString(), version: packageVersion() };
    const page = renderJudgedPage({ entries: this.#ranked(), counts, ...about });
    const table = formatCsv([[...JUDGED_COLUMNS], ...this.#pictures.map(judgedCells)]);
    const [, index = ''] = await writeTogether(folder, [
      { name: NAMES[0], text: `\uFEFF${table}` },
      { name: NAMES[1], text: page },
    ]);
    return index;
  }
}
