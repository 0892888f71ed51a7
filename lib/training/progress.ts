/** What a training run tells of itself while it runs. */
import type { NativeStep } from '../binding/types.js';

/** State of a training run after a step. */
export interface TrainProgress {
  /** 0-based. */
  readonly step: number;
  readonly iterations: number;
  /** Loose loss of the step (paper, equations 4 to 6); NaN or infinite when the step was skipped for it. */
  readonly loss: number;
  readonly learningRate: number;
  /** Norm of the gradient before clipping. */
  readonly gradNorm: number;
  /** Share of points whose gradients were shrunk. */
  readonly easyFraction: number;
  /** True when loss or gradient was not finite and the weights were left alone. */
  readonly skipped: boolean;
  /** Over the last steps. */
  readonly imagesPerSecond: number;
  /** Estimate from the last steps. */
  readonly remainingSeconds: number;
}

/** Steps that the speed is taken over. */
const WINDOW = 20;

interface Mark {
  readonly time: number;
  readonly images: number;
}

/** Turns native steps into progress, with speed and remaining time over a window of steps. */
export class ProgressMeter {
  readonly #iterations: number;
  readonly #now: () => number;
  #marks: Mark[];

  /**
   * @param iterations - steps of the run
   * @param now - clock in milliseconds; for tests
   */
  constructor(iterations: number, now: () => number = () => performance.now()) {
    this.#iterations = iterations;
    this.#now = now;
    this.#marks = [{ time: now(), images: 0 }];
  }

  measure(step: NativeStep): TrainProgress {
    const images = (this.#marks.at(-1)?.images ?? 0) + step.images;
    this.#marks = [...this.#marks.slice(-WINDOW), { time: this.#now(), images }];
    const first = this.#marks[0] ?? { time: 0, images: 0 };
    const seconds = Math.max(1e-6, (this.#now() - first.time) / 1000);
    const secondsPerStep = seconds / (this.#marks.length - 1);
    return {
      step: step.step,
      iterations: this.#iterations,
      loss: step.loss,
      learningRate: step.learningRate,
      gradNorm: step.gradNorm,
      easyFraction: step.easyFraction,
      skipped: step.skipped,
      imagesPerSecond: (images - first.images) / seconds,
      remainingSeconds: (this.#iterations - step.step - 1) * secondsPerStep,
    };
  }
}
