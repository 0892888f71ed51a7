/**
 * A set as large as Real-IAD through MetricsStream: 114,585 maps of 256 x 256, 7.5e9 pixels. The maps are drawn once and
 * given again and again, scaled each time, so that the values differ and drawing takes no time. Prints minutes, peak
 * resident memory of the process and the bounds as JSON.
 *
 *   npm run bench:metrics-stream [-- --pictures 114585 --batch 64 --octaves 1]
 *
 * With more octaves the values spread over as many powers of two more, until they no longer fit the counters.
 */
import { parseArgs } from 'node:util';
import { MetricsStream } from '../lib/index.js';
import { drawMaps } from './maps.js';

const SIDE = 256;
const DRAWN = 256;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      pictures: { type: 'string', default: '114585' },
      batch: { type: 'string', default: '64' },
      octaves: { type: 'string', default: '1' },
    },
  });
  const pictures = Number(values.pictures);
  const batch = Number(values.batch);
  const drawn = drawMaps({ pictures: DRAWN, regions: DRAWN / 2, side: SIDE, seed: 1 });
  const pixels = SIDE * SIDE;
  const maps = new Float32Array(batch * pixels);
  await using stream = new MetricsStream({ height: SIDE, width: SIDE });
  let [drawing, counting] = [0, 0];
  for (let done = 0; done < pictures; done += batch) {
    const count = Math.min(batch, pictures - done);
    const first = done % (DRAWN - batch + 1);
    const part = [first * pixels, (first + count) * pixels] as const;
    const started = performance.now();
    const octave = (done / batch) % Number(values.octaves);
    const scale = (0.9 + (0.2 * ((done * 7919) % 10_007)) / 10_007) * 2 ** -octave;
    const scaled = maps.subarray(0, count * pixels);
    drawn.maps.subarray(...part).forEach((value, i) => {
      scaled[i] = value * scale;
    });
    const drew = performance.now();
    const scores = drawn.scores.slice(first, first + count).map((score) => score * scale);
    await stream.add({ maps: scaled, masks: drawn.masks.subarray(...part), scores });
    drawing += drew - started;
    counting += performance.now() - drew;
  }
  const started = performance.now();
  const { curves, ...result } = await stream.finish({ curves: true });
  const report = {
    pictures,
    pixels: pictures * pixels,
    drawingMinutes: drawing / 60_000,
    countingMinutes: counting / 60_000,
    finishSeconds: (performance.now() - started) / 1000,
    peakResidentGiB: (process.resourceUsage().maxRSS * 1024) / 2 ** 30,
    curvePoints: curves?.pixelRoc?.x.length,
    result,
  };
  console.log(JSON.stringify(report, null, 2));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
