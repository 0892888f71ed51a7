/** Times sides against each other: in each round every side has a turn, one after the other, so that a ratio holds on a machine whose speed drifts. */
import { type Figure, figure, quantile } from './figures.js';
import type { Side } from './side.js';

/** A turn with one picture is this many calls, for the sake of the quantiles. */
const SINGLES = 4;

/** A side that takes part. */
export interface Runner {
  readonly side: Side;
  readonly ours: boolean;
  /** Whose peak it is compared with. */
  readonly precision: string;
  /** Root mean square between its map and that of ours in fp32. */
  readonly mapError: number;
}

export interface Row {
  readonly side: string;
  readonly precision: string;
  readonly batch: number;
  readonly imagesPerSecond: Figure;
  readonly gflopPerSecond: Figure;
  /** Null without a measured peak. */
  readonly shareOfPeak: Figure | null;
  /** Of single pictures, in ms; null for larger batches. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly count: number } | null;
  readonly residentBytes: number;
  /** Minor page faults of a pass, median of the rounds. */
  readonly faults: number;
  readonly mapError: number;
  /** How many times faster each of ours is, round by round. */
  readonly timesFaster: Readonly<Record<string, Figure>>;
}

export type Peaks = Readonly<Record<string, number>>;

interface Turns {
  /** Mean seconds of a pass, one a round. */
  readonly seconds: number[];
  readonly singles: number[];
  readonly faults: number[];
}

export interface Block {
  readonly rows: Row[];
  /** Operations per second, one a round, by precision. */
  readonly peaks: Readonly<Record<string, readonly number[]>>;
  readonly failed: Record<string, string>;
}

/** The higher of the two ways to measure it, or undefined where there is no program that does. */
async function peakOf(peak: Side, precision: string): Promise<number | undefined> {
  if (peak.absent !== undefined) return undefined;
  const { loop, product } = await peak.ask(precision);
  return Math.max(Number(loop), Number(product)) || undefined;
}

async function turn({ side }: Runner, batch: number, turns: Turns): Promise<string | undefined> {
  const calls = batch === 1 ? SINGLES : 1;
  const before = side.memory().faults;
  let total = 0;
  for (let call = 0; call < calls; ++call) {
    const { seconds, failed } = await side.ask(`score ${batch}`);
    if (typeof seconds !== 'number') return String(failed ?? 'no time');
    total += seconds;
    turns.singles.push(seconds);
  }
  turns.seconds.push(total / calls);
  turns.faults.push((side.memory().faults - before) / calls);
  return undefined;
}

function row(
  runner: Runner,
  turns: Turns,
  batch: number,
  gflop: number,
  peaks: readonly number[],
  ours: Map<string, Turns>,
): Row {
  const rates = turns.seconds.map((seconds) => batch / seconds);
  const shares = rates.map((rate, round) => (rate * gflop * 1e9) / (peaks[round] ?? Number.NaN));
  const faster = Array.from(ours, ([name, mine]) => {
    const ratios = turns.seconds.map((seconds, round) => seconds / (mine.seconds[round] ?? Number.NaN));
    return [name, figure(ratios)] as const;
  });
  const ms = (share: number): number => Number((1000 * quantile(turns.singles, share)).toPrecision(4));
  return {
    side: runner.side.name,
    precision: runner.precision,
    batch,
    imagesPerSecond: figure(rates),
    gflopPerSecond: figure(rates.map((rate) => rate * gflop)),
    shareOfPeak: peaks.length === 0 ? null : figure(shares),
    latency: batch === 1 ? { p50: ms(0.5), p99: ms(0.99), count: turns.singles.length } : null,
    residentBytes: runner.side.memory().resident,
    faults: Math.round(quantile(turns.faults, 0.5)),
    mapError: runner.mapError,
    timesFaster: Object.fromEntries(faster),
  };
}

/**
 * `rounds` rounds of one batch size after a warm-up, in which torch.compile compiles.
 *
 * @param gflop - operations of one picture, in 10^9
 */
export async function measure(
  runners: readonly Runner[],
  peak: Side,
  { batch, rounds, gflop }: { readonly batch: number; readonly rounds: number; readonly gflop: number },
): Promise<Block> {
  const failed: Record<string, string> = {};
  const alive = new Map<Runner, Turns>();
  for (const runner of runners) {
    const failure = await turn(runner, batch, { seconds: [], singles: [], faults: [] });
    if (failure === undefined) alive.set(runner, { seconds: [], singles: [], faults: [] });
    else failed[runner.side.name] = failure;
  }
  const precisions = [...new Set(runners.map(({ precision }) => precision))];
  const peaks: Record<string, number[]> = Object.fromEntries(precisions.map((name) => [name, []]));
  for (let round = 0; round < rounds; ++round) {
    for (const name of precisions) {
      const found = await peakOf(peak, name);
      if (found !== undefined) peaks[name]?.push(found);
    }
    for (const [runner, turns] of alive) {
      const failure = await turn(runner, batch, turns);
      if (failure === undefined) continue;
      failed[runner.side.name] = failure;
      alive.delete(runner);
    }
  }
  const ours = new Map([...alive].filter(([{ ours }]) => ours).map(([{ side }, turns]) => [side.name, turns]));
  const rows = Array.from(alive, ([runner, turns]) =>
    row(runner, turns, batch, gflop, peaks[runner.precision] ?? [], ours),
  );
  return { rows, peaks, failed };
}
