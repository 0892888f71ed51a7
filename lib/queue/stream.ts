/** The scores of a list of pictures, in order. */
import { DisposedError } from '../errors.js';
import { mapAhead } from '../gate.js';
import { type ImageInput, imageName, takeImage } from '../image/input.js';
import type { CheckedStream, DecisionChoice, NetworkScore, ScoreResult, StreamResult } from '../scoring.js';
import type { Lane } from './lane.js';

/** What `model.scoreMany` yields. Nothing is pulled from `images` before the first result is asked for. */
export async function* scoreStream<T extends ImageInput>(
  images: Iterable<T> | AsyncIterable<T>,
  { lookAhead, signal, deadlineMs, onError, choose }: CheckedStream<T>,
  lane: Lane,
  judge: (scored: NetworkScore, name: string, choice: DecisionChoice) => ScoreResult,
): AsyncGenerator<StreamResult<T>, void, void> {
  const work = async (image: T, stop: AbortSignal): Promise<NetworkScore> =>
    lane.score(takeImage(image), { signal: stop, deadlineMs });
  for await (const outcome of mapAhead(images, lookAhead, work, signal)) {
    const { index, item } = outcome;
    if (outcome.ok) {
      yield { index, image: item, ...judge(outcome.value, imageName(item), choose(item, index)) };
    } else if (onError === undefined || outcome.error instanceof DisposedError) {
      throw outcome.error;
    } else {
      await onError(outcome.error, item, index);
    }
  }
}
