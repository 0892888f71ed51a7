/**
 * An inspection service: POST a picture, get its score and, from a calibrated model, the decision and whether the camera
 * still sees what it was calibrated on. Requests that arrive together share a forward pass, and a client that hangs up stops
 * its own.
 *
 *   tsx examples/service.ts MODEL [PORT]
 */
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DinomalyError, Model, ShiftMonitor } from 'dinomaly';

interface Inspection {
  readonly model: Model;
  /** Undefined for a model without thresholds. */
  readonly monitor: ShiftMonitor | undefined;
}

async function inspect({ model, monitor }: Inspection, request: IncomingMessage, signal: AbortSignal): Promise<object> {
  const { score, threshold, isAnomalous, confidence, timing } = await model.score(await buffer(request), { signal });
  // Every score: a camera that has moved may make each part look bad, and a few bad parts raise no alarm.
  const shifted = monitor?.add(score).alarm;
  return { score, threshold, isAnomalous, confidence, shifted, timing };
}

async function main(file: string, port: number): Promise<void> {
  const model = await Model.load(file, { device: 'auto', pixelLimit: 50_000_000 });
  const monitor = model.thresholds === null ? undefined : new ShiftMonitor(model.thresholds);
  const server = createServer(async (request, response) => {
    const controller = new AbortController();
    response.once('close', () => controller.abort());
    try {
      response.end(JSON.stringify(await inspect({ model, monitor }, request, controller.signal)));
    } catch (error) {
      response.statusCode = error instanceof DinomalyError ? 422 : 500;
      response.end(JSON.stringify({ error: String(error) }));
    }
  });
  server.listen(port, () => console.log(`listening on ${port}`));
}

const [file = '', port = '8080'] = process.argv.slice(2);
main(file, Number(port)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
