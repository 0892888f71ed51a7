/** A publisher on 127.0.0.1 that can be told to misbehave. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';

/** Bytes that pass for a checkpoint of `size` bytes. */
export function weightsBytes(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at < size; ++at) {
    state = (state * 1103515245 + 12345) % 2147483648;
    bytes[at] = state >> 16;
  }
  bytes.write('PK\x03\x04', 0, 'latin1');
  return bytes;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a server of https needs. */
export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** A proxy that takes whoever asks for a tunnel to `port` of this machine, wherever they wanted to go. */
export interface Tunnel {
  readonly port: number;
  /** Where they wanted to go. */
  readonly asked: string[];
  close(): void;
}

export async function startTunnel(port: number): Promise<Tunnel> {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    // Either side may leave first.
    for (const end of [socket, upstream]) end.on('error', () => undefined).on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return { port: (proxy.address() as AddressInfo).port, asked, close: () => void proxy.close() };
}

/** Handles a request in place of the server; false leaves it to the server. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The file behind each path, as most publishers serve it. */
export function serve(server: WeightsServer, request: IncomingMessage, response: ServerResponse): void {
  const { content, etag, lastModified, ranges } = server;
  if (etag !== null) response.setHeader('etag', etag);
  if (lastModified !== null) response.setHeader('last-modified', lastModified);
  response.setHeader('content-type', 'application/octet-stream');
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const current = [etag, lastModified].includes(String(request.headers['if-range']));
  if (!ranges || from === undefined || !current) {
    response.setHeader('content-length', content.length);
    server.send(response, content);
    return;
  }
  const start = Number(from);
  if (start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  response.setHeader('content-length', content.length - start);
  response.writeHead(206, { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` });
  server.send(response, content.subarray(start));
}

export class WeightsServer {
  readonly #server: Server;
  content: Buffer;
  etag: string | null = '"one"';
  lastModified: string | null = null;
  ranges = true;
  /** Cuts the connection after so many bytes of a body. */
  cutAfter: number | null = null;
  /** Milliseconds between pieces of a body. */
  pause = 0;
  misbehave: Misbehaviour = () => false;
  /** The Range header of each request; null without one. */
  readonly asked: (string | null)[] = [];

  private constructor(content: Buffer, tls: Certificate | undefined) {
    this.content = content;
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      this.asked.push(request.headers.range ?? null);
      if (!this.misbehave(request, response)) serve(this, request, response);
    };
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  }

  static async start(content: Buffer, tls?: Certificate): Promise<WeightsServer> {
    const server = new WeightsServer(content, tls);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/weights.pth`;
  }

  send(response: ServerResponse, body: Buffer): void {
    const { cutAfter, pause } = this;
    const end = Math.min(body.length, cutAfter ?? body.length);
    const piece = pause > 0 ? 64 * 1024 : end;
    const step = (at: number): void => {
      if (response.destroyed) return;
      if (at < end) {
        const next = Math.min(end, at + piece);
        response.write(body.subarray(at, next), () => setTimeout(step, pause, next));
      } else if (end < body.length)
        setTimeout(() => response.destroy(), 400); // What came is read by then, on a busy machine too.
      else response.end();
    };
    step(0);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
