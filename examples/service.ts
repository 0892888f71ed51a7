/**
 * An inspection service: POST a picture, get its score. Requests that arrive together share a forward pass, and a client
 * that hangs up stops its own.
 *
 *   tsx examples/service.ts MODEL [PORT]
 */
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DinomalyError, Model } from 'dinomaly';

async function scoreRequest(model: Model, request: IncomingMessage, signal: AbortSignal): Promise<object> {
  const { score, timing } = await model.score(await buffer(request), { signal });
  return { score, timing };
}

async function main(file: string, port: number): Promise<void> {
  const model = await Model.load(file, { device: 'auto', pixelLimit: 50_000_000 });
  const server = createServer(async (request, response) => {
    const controller = new AbortController();
    response.once('close', () => controller.abort());
    try {
      response.end(JSON.stringify(await scoreRequest(model, request, controller.signal)));
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
