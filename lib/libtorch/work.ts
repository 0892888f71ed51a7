/** What the ways of fetching share. */

/** What surrounds a fetch. */
export interface Work {
  /** A folder of the fetch's own, gone afterwards. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

/** One way did not bring libtorch; another may. */
export class NotFetched extends Error {
  /** What was tried, and what was said to it. */
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join('\n'));
    this.reasons = reasons;
  }
}
