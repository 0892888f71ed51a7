/** Metrics of pictures in memory. */
import { binding } from '../binding/load.js';
import { checkInteger, checkOptions } from '../check.js';
import { checkPictures, PICTURE_KEYS } from './arrays.js';
import { checkMaskConvention, checkPixelThreshold, checkResultOptions, maskLimit, RESULT_KEYS } from './options.js';
import { callReporting, toResult } from './result.js';
import type { MetricsInput, MetricsOptions, MetricsResult } from './types.js';

const MOST_PIXELS = 65_536;

/** Height and width of all maps. */
export function checkSize(
  given: { readonly height?: unknown; readonly width?: unknown },
  path: string,
): { height: number; width: number } {
  const side = (value: unknown, name: string): number =>
    checkInteger(value, `${path}.${name}`, { min: 1, max: MOST_PIXELS });
  return { height: side(given.height, 'height'), width: side(given.width, 'width') };
}

/**
 * The seven metrics of the paper, exact PRO figures, thresholds and curves of pictures in memory. Equal to scikit-learn and
 * the authors' AUPRO to rounding, ties included, whatever the number of threads. Runs off the JavaScript thread and takes, beside
 * a copy of the input, 4 bytes a normal pixel and 8 an anomalous one. {@link MetricsStream} takes pictures that memory does not
 * hold.
 *
 * @throws TypeError, RangeError naming the array or option at fault: another kind, another length, memory that
 * was transferred away, a score that is not finite
 * @throws DinomalyError `INVALID_INPUT` for a map that holds NaN or infinity, naming the picture, and for masks of 0 and 1
 * with `'half'`; the signal's reason; whatever `onProgress` throws
 */
export async function computeMetrics(input: MetricsInput, options?: MetricsOptions): Promise<MetricsResult> {
  const given = checkOptions(input, 'input', [...PICTURE_KEYS, 'height', 'width']);
  const asked = checkOptions(options, 'options', [...RESULT_KEYS, 'maskConvention', 'pixelThreshold']);
  const checked = checkResultOptions(asked);
  const limit = maskLimit(checkMaskConvention(asked.maskConvention, 'options.maskConvention'));
  const threshold = checkPixelThreshold(asked.pixelThreshold, 'options.pixelThreshold');
  const size = checkSize(given, 'input');
  const pictures = checkPictures(given, size.height * size.width);
  checked.signal?.throwIfAborted();
  const native = binding();
  const all = { ...pictures, ...size, ...threshold, maskLimit: limit };
  const metrics = await callReporting(
    (stop, listen) => native.computeMetrics(all, checked.points, stop, listen),
    checked,
    'computeMetrics',
  );
  return toResult(metrics, { counting: 'exact', scored: pictures.scores !== null, points: checked.points });
}
