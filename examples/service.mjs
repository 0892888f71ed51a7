/**
 * An inspection service: POST a picture, get its score and, from a calibrated model, the decision and whether the camera
 * still sees what it was calibrated on. A client that hangs up stops the work for it.
 *
 *   node examples/service.mjs MODEL [PORT]
 *   curl --data-binary @part.png localhost:8080
 *   curl localhost:8080/stats
 */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DinomalyError, Model, OverloadedError, ShiftMonitor } from 'dinomaly';

const [file, port = '8080'] = process.argv.slice(2);
if (file === undefined) {
  console.error(
    'Usage: node service.mjs MODEL [PORT]\n  MODEL  a file of `dinomaly train` or `dinomaly inspect`\n  PORT   default: 8080',
  );
  process.exit(2);
}

// As many as may wait; one that has waited for ten seconds is not worth starting any more.
const model = await Model.load(file, { device: 'auto', maxQueued: 64, pixelLimit: 50_000_000 });
const deadlineMs = 10_000;
// A model without thresholds has nothing to compare the scores with.
const monitor = model.thresholds === null ? undefined : new ShiftMonitor(model.thresholds);

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {AbortSignal} signal
 */
async function inspect(request, signal) {
  const { score, threshold, isAnomalous, confidence, timing } = await model.score(await buffer(request), {
    signal,
    deadlineMs,
  });
  // Every score: a camera that has moved may make each part look bad, and a few bad parts raise no alarm.
  const shifted = monitor?.add(score).alarm;
  return { score, threshold, isAnomalous, confidence, shifted, timing };
}

/** @param {unknown} error */
function statusOf(error) {
  if (!(error instanceof DinomalyError)) return 500;
  return ['OVERLOADED', 'DEADLINE'].includes(error.code) ? 503 : 422;
}

const server = createServer(async (request, response) => {
  if (request.url === '/stats') {
    response.end(JSON.stringify(model.stats()));
    return;
  }
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  try {
    response.end(JSON.stringify(await inspect(request, controller.signal)));
  } catch (error) {
    response.statusCode = statusOf(error);
    if (error instanceof OverloadedError) response.setHeader('Retry-After', Math.ceil(error.retryAfterMs / 1000));
    response.end(JSON.stringify({ error: String(error) }));
  }
});
server.listen(Number(port), () => {
  const address = server.address();
  console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`);
});
