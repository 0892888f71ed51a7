/** What `--verbose` says: what was chosen and why, and how long the stages took. The library's events tell of most of it. */
import { tracingChannel } from 'node:diagnostics_channel';
import { availableParallelism } from 'node:os';
import { binding, bindingLibtorch, bindingPath } from '../binding/load.js';
import type { DiagnosticsEvents } from '../diagnostics-events.js';
import type { TrainerOptions } from '../index.js';
import { counted } from '../lists.js';
import { DEFAULT_ENCODER } from '../options/encoders.js';
import { checkTrainerOptions } from '../options/trainer.js';
import { packageVersion } from '../package.js';
import { weightsFolder } from '../weights/cache.js';
import { isVerbose } from './level.js';
import { detail, gib, seconds } from './output.js';
import type { Steps } from './run-steps.js';

type Events = DiagnosticsEvents;

let engineTold = false;

/** The libtorch in use, once there is one. */
function tellEngine(): void {
  const libtorch = bindingLibtorch();
  if (engineTold || libtorch === undefined) {
    return;
  }
  engineTold = true;
  const { OMP_NUM_THREADS: threads } = process.env;
  detail(`libtorch ${libtorch.version}, ${libtorch.cuda ? 'CUDA' : 'CPU'} build, in ${libtorch.root}`);
  detail(`addon ${bindingPath()}`);
  detail(
    `threads: ${threads === undefined ? `one per core, ${availableParallelism()}` : `OMP_NUM_THREADS=${threads}`}`,
  );
}

const nothing = (): void => undefined;

/** Listens to the ends of a kind of event. @returns ends it */
function onEnd<N extends keyof Events>(name: N, tell: (event: Events[N], took: string) => void): () => void {
  const started = new WeakMap<object, number>();
  const listener = {
    start: (event: Events[N]) => void started.set(event, performance.now()),
    end: nothing,
    asyncStart: nothing,
    asyncEnd: (event: Events[N]) => tell(event, seconds(performance.now() - (started.get(event) ?? Number.NaN))),
    error: nothing,
  };
  const channel = tracingChannel<string, Events[N]>(name);
  channel.subscribe(listener);
  return () => void channel.unsubscribe(listener);
}

/** The time that pictures took, by what it went into. */
class Timing {
  #pictures = 0;
  readonly #sums = new Map<string, number>();

  readonly add = ({ result }: Events['dinomaly:score']): void => {
    this.#pictures += result === undefined ? 0 : 1;
    const { decodeMs = 0, queuedMs = 0, computeMs = 0 } = result?.timing ?? {};
    for (const [name, value] of Object.entries({ decoding: decodeMs, waiting: queuedMs, network: computeMs })) {
      this.#sums.set(name, (this.#sums.get(name) ?? 0) + value);
    }
  };

  tell(): void {
    if (this.#pictures > 0) {
      const parts = [...this.#sums].map(([name, sum]) => `${name} ${seconds(sum)}`);
      detail(`scored ${counted(this.#pictures, 'picture')}, sums over all of them: ${parts.join(', ')}`);
    }
  }
}

/**
 * Begins to tell of what the library does.
 *
 * @returns ends it, with the sums
 */
export function tellStages(): () => void {
  const begin = performance.now();
  engineTold = false;
  detail(`dinomaly ${packageVersion()}, Node.js ${process.versions.node}, ${process.platform} ${process.arch}`);
  const timing = new Timing();
  const stage = <N extends keyof Events>(name: N, words: (result: NonNullable<Events[N]['result']>) => string) =>
    onEnd(name, ({ result, error }, took) =>
      detail(
        result === undefined || error !== undefined ? `${name} failed after ${took}` : `${words(result)} in ${took}`,
      ),
    );
  const listeners = [
    onEnd('dinomaly:load', ({ path, result: model }, took) => {
      tellEngine();
      if (model !== undefined) {
        const { encoder, geometry, precision, device } = model;
        detail(`loaded ${path} in ${took}: ${encoder.name} at ${geometry.crop.join(' x ')}, ${precision} on ${device}`);
      }
    }),
    stage('dinomaly:train', ({ iterations }) => `trained ${counted(iterations, 'step')}`),
    stage('dinomaly:evaluate', () => 'evaluated'),
    stage('dinomaly:calibrate', () => 'measured thresholds'),
    onEnd('dinomaly:score', timing.add),
  ];
  return () => {
    for (const end of listeners) {
      end();
    }
    timing.tell();
    tellEngine();
    detail(`ended after ${seconds(performance.now() - begin)}`);
  };
}

function cacheWords({ featureCacheBytes: bytes }: { readonly featureCacheBytes: number | null }): string {
  return bytes === null
    ? 'up to four fifths of the free memory of the GPU'
    : `up to ${gib(bytes)}, a quarter of the free memory`;
}

/** What a training starts from. */
export function tellTraining(options: TrainerOptions, steps: Pick<Steps, 'iterations' | 'batchSize'>): void {
  if (!isVerbose()) {
    return;
  }
  const { training, weights } = checkTrainerOptions(options, () => binding().cudaAvailable());
  tellEngine();
  const { encoder = DEFAULT_ENCODER, device = 'auto' } = options;
  detail(`encoder ${typeof encoder === 'string' ? encoder : JSON.stringify(encoder)}`);
  const why = weights?.startsWith(weightsFolder()) === true ? ', pulled before' : ', as given';
  detail(weights === null ? 'weights none: random' : `weights ${weights}${why}`);
  detail(`device ${training.device}${device === 'auto' ? ', chosen by what there is' : ', as asked for'}`);
  detail(`${steps.iterations} steps of ${counted(steps.batchSize, 'picture')}, seed ${training.seed}`);
  detail(`cache of features: ${cacheWords(training)}`);
}
