/** Runs what a plan asks for, row by row. A row that fails for reasons of its own does not keep the others from running. */

import { isUsageError } from '../check.js';
import { fingerprintClasses } from '../datasets/fingerprint.js';
import { restrictDataset } from '../datasets/restrict.js';
import { DinomalyError, type DinomalyErrorCode } from '../errors.js';
import { hashFile } from '../read.js';
import type { OpenData } from './data.js';
import { measureRun } from './speed.js';
import type { Measured, Outcome, Plan, PlannedRun, Results, UnitResult } from './types.js';
import { runUnit, type Unit, type UnitContext } from './unit.js';
import type { FoundWeights } from './weights.js';

/** What a plan runs on. */
export interface RunInput {
  readonly plan: Plan;
  readonly data: readonly OpenData[];
  readonly context: UnitContext;
  /** Where the weights of a run are. */
  readonly weightsOf: (run: PlannedRun) => FoundWeights;
  /** Called after each row, and awaited: what is on disk is never far behind. */
  readonly onResults: (results: Results) => Promise<void>;
}

/** Failures of one row; any other would meet the next row too. */
const ROW_ERRORS: ReadonlySet<DinomalyErrorCode> = new Set<DinomalyErrorCode>([
  'INVALID_CONFIG',
  'OUT_OF_MEMORY',
  'TRAINING_DIVERGED',
  'WEIGHTS_FORMAT',
  'WEIGHTS_MISMATCH',
  'WEIGHTS_NOT_FINITE',
]);

/** A failure of one row in a line; anything else is thrown again. */
function rowFailure(error: unknown): string {
  if (error instanceof DinomalyError && ROW_ERRORS.has(error.code)) {
    return `${error.code} ${error.message}`;
  }
  // A network that the weights do not fit, in the grammar of lib/check.ts.
  if (isUsageError(error)) {
    return error.message;
  }
  throw error;
}

/** Runs a plan. */
export class PlanRun {
  readonly #input: RunInput;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #measured = new Map<string, Measured>();
  /** By data set and by file: hashed once. */
  readonly #prints = new Map<number, ReadonlyMap<string, string>>();
  readonly #hashes = new Map<string, string>();

  constructor(input: RunInput) {
    this.#input = input;
  }

  /** What there is so far. */
  get results(): Results {
    const data = this.#input.data.map(({ facts }) => facts);
    return { outcomes: this.#outcomes, measured: this.#measured, data };
  }

  /** Rejects with the signal's reason, or with a failure that concerns all rows. */
  async run(): Promise<void> {
    const { plan, context, onResults } = this.#input;
    const { signal } = context.hooks;
    for (const run of plan.runs) {
      try {
        signal?.throwIfAborted();
        this.#outcomes.set(run.id, await this.#row(run));
      } catch (error) {
        const reason = signal?.aborted === true ? 'interrupted' : 'ended by an error';
        for (const { id } of plan.runs.filter(({ id }) => !this.#outcomes.has(id))) {
          this.#outcomes.set(id, { status: 'interrupted', reason });
        }
        await onResults(this.results);
        throw error;
      }
      await onResults(this.results);
    }
  }

  async #row(run: PlannedRun): Promise<Outcome> {
    const { context, weightsOf } = this.#input;
    if (run.skip !== null) {
      return { status: 'not run', reason: run.skip };
    }
    try {
      if (run.measure) {
        this.#measured.set(run.id, await measureRun(run, context));
      }
      const weights = weightsOf(run);
      return 'missing' in weights
        ? { status: 'weights missing', reason: weights.missing }
        : await this.#train(run, weights.file);
    } catch (error) {
      context.hooks.signal?.throwIfAborted();
      const reason = rowFailure(error);
      context.hooks.onNote?.(`${run.id} failed: ${reason}`, true);
      return { status: 'failed', reason };
    }
  }

  async #train(run: PlannedRun, weights: string | null): Promise<Outcome> {
    const units: UnitResult[] = [];
    let reused = 0;
    for (const unit of await this.#units(run, weights)) {
      const done = await runUnit(unit, this.#input.context);
      units.push(done.result);
      reused += done.reused ? 1 : 0;
    }
    if (reused > 0) {
      const which = units.length === 1 ? '' : ` (${reused} of ${units.length} models)`;
      this.#input.context.hooks.onNote?.(`${run.id}: taken from an earlier run${which}`);
    }
    return { status: 'done', units, reused };
  }

  async #units(run: PlannedRun, file: string | null): Promise<Unit[]> {
    const { data } = this.#input;
    const opened = data[run.data];
    if (opened === undefined) {
      throw new DinomalyError('INTERNAL', `${run.id} has no data set.`);
    }
    const { dataset } = opened;
    const prints = await this.#fingerprint(run.data, opened);
    const weights = file === null ? null : { file, sha256: await this.#hash(file) };
    const groups = run.separated ? dataset.classes.map((name) => [name]) : [dataset.classes];
    return groups.flatMap((classes): Unit[] => {
      const own = restrictDataset(dataset, classes);
      const title = run.separated ? `${run.id} ${classes.join()}` : run.id;
      const pairs = classes.map((name) => [name, prints.get(name) ?? ''] as const);
      return own === undefined ? [] : [{ run, title, dataset: own, prints: pairs, weights }];
    });
  }

  async #fingerprint(at: number, { dataset, facts }: OpenData): Promise<ReadonlyMap<string, string>> {
    const known = this.#prints.get(at);
    if (known !== undefined) {
      return known;
    }
    const { signal, onProgress } = this.#input.context.hooks;
    const prints = await fingerprintClasses(dataset, signal, (done, total) =>
      onProgress?.({ stage: 'pictures', title: facts.name, done, total }),
    );
    this.#prints.set(at, prints);
    return prints;
  }

  async #hash(file: string): Promise<string> {
    const hash = this.#hashes.get(file) ?? (await hashFile(file, { signal: this.#input.context.hooks.signal }));
    this.#hashes.set(file, hash);
    return hash;
  }
}
