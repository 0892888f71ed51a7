/** What a run tells while it runs. Types only. */

/** State of a long piece of work. */
export interface ReproduceProgress {
  readonly stage: 'pictures' | 'training' | 'evaluation' | 'speed';
  /** The row, and the class where there is a model a class. */
  readonly title: string;
  readonly done: number;
  readonly total: number;
  /** Loss, speed, time left. */
  readonly imagesPerSecond?: number;
  readonly remainingSeconds?: number;
  readonly loss?: number;
}

/** Callbacks of a run; what they throw ends it. */
export interface ReproduceHooks {
  readonly onProgress?: (progress: ReproduceProgress) => void;
  /** A line for people; `important` where something failed. */
  readonly onNote?: (line: string, important?: boolean) => void;
  /** The promise rejects with its reason, once the report of what has finished is written. */
  readonly signal?: AbortSignal | undefined;
}
