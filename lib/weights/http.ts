/**
 * One GET over https: redirects, proxies, and what went wrong in words. It knows nothing of files or of resuming.
 *
 * undici rather than Node's own fetch: that one ignores HTTP_PROXY on Node 20, and follows redirects from https to http.
 */
import type { Dispatcher } from 'undici';
import { isError, reasonOf } from '../kinds.js';

/** Why a request brought nothing. */
export class Trouble extends Error {
  /** Whether the same request may succeed a little later. */
  readonly retry: boolean;
  /** How long the server asked to be left alone. */
  readonly waitMs: number | undefined;

  constructor(reason: string, options: { retry: boolean; waitMs?: number | undefined; cause?: unknown }) {
    super(reason, { cause: options.cause });
    this.retry = options.retry;
    this.waitMs = options.waitMs;
  }
}

/** The head of a response; `body` must be read to its end or destroyed. */
export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Dispatcher.ResponseData['body'];
}

/** How requests are made. */
export interface ClientOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Plain http is for tests: what it brings may have been changed on the way. */
  readonly allowHttp: boolean;
}

const MOST_REDIRECTS = 5;
const CONNECT_MS = 15_000;
const SILENCE_MS = 60_000;
const LONGEST_WAIT_MS = 60_000;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Failures of the network that pass. Names that are not known and certificates that are not trusted do not. */
const PASSING = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

function codeOf(error: unknown): string {
  for (let at = error; isError(at); at = at.cause) {
    const { code } = at;
    if (typeof code === 'string') {
      return code;
    }
  }
  return '';
}

function inWords(code: string, host: string): string | undefined {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `the name ${host} cannot be resolved (offline, or only a proxy can)`;
  }
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') {
    return `${host} cannot be reached: there is no network`;
  }
  if (code === 'ECONNREFUSED') {
    return `the connection to ${host}, or to the proxy, was refused`;
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code)) {
    return `the certificate of ${host} is not trusted here (NODE_EXTRA_CA_CERTS=FILE adds that of a proxy)`;
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return `the connection to ${host} broke`;
  }
  if (/TIMEOUT|ETIMEDOUT/.test(code)) {
    return `${host} was silent for too long`;
  }
  return undefined;
}

/** What a failed connection or a broken body means. */
export function networkTrouble(error: unknown, url: string): Trouble {
  if (error instanceof Trouble) {
    return error;
  }
  const code = codeOf(error);
  const message = reasonOf(error);
  const words = inWords(code, new URL(url).host);
  const reason = words === undefined ? message : `${words}${message === '' ? '' : `: ${message}`}`;
  return new Trouble(reason, { retry: PASSING.has(code), cause: error });
}

function waitOf(header: string | undefined): number | undefined {
  if (header === undefined) {
    return undefined;
  }
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), LONGEST_WAIT_MS) : undefined;
}

/** What a status that is no success means. */
export function statusTrouble(answer: Answer): Trouble {
  const { status } = answer;
  if (status === 401 || status === 403) {
    return new Trouble(`the publisher's server refuses it (${status}): gated, or blocked on the way`, { retry: false });
  }
  if (status === 404 || status === 410) {
    return new Trouble(`the publisher's server does not have it (${status}): it was moved or taken away`, {
      retry: false,
    });
  }
  const retry = status >= 500 || status === 408 || status === 425 || status === 429;
  const waitMs = waitOf(answer.header('retry-after'));
  return new Trouble(`the publisher's server answered ${status}`, { retry, waitMs });
}

/** `proxy:3128` is how many a machine has it, and a URL with the scheme `proxy`. */
function proxyUrl(value: string | undefined): string {
  return !value || value.includes('://') ? (value ?? '') : `http://${value}`;
}

/** Connections to a publisher; `close` ends them. */
export class Client {
  readonly #undici: typeof import('undici');
  readonly #dispatcher: Dispatcher;
  readonly #allowHttp: boolean;

  private constructor(undici: typeof import('undici'), dispatcher: Dispatcher, allowHttp: boolean) {
    this.#undici = undici;
    this.#dispatcher = dispatcher;
    this.#allowHttp = allowHttp;
  }

  static async open({ env, allowHttp }: ClientOptions): Promise<Client> {
    const undici = await import('undici');
    // Given whole: undici would fill what is missing from the environment of the process.
    const proxies = {
      httpProxy: proxyUrl(env.http_proxy ?? env.HTTP_PROXY),
      httpsProxy: proxyUrl(env.https_proxy ?? env.HTTPS_PROXY),
      noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    };
    try {
      const connect = { timeout: CONNECT_MS };
      return new Client(undici, new undici.EnvHttpProxyAgent({ ...proxies, connect }), allowHttp);
    } catch (error) {
      throw new Trouble(`HTTP_PROXY or HTTPS_PROXY is no proxy: ${String(error)}`, { retry: false, cause: error });
    }
  }

  async #once(url: string, headers: Record<string, string>, signal: AbortSignal | undefined): Promise<Answer> {
    try {
      const response = await this.#undici.request(url, {
        dispatcher: this.#dispatcher,
        method: 'GET',
        headers,
        headersTimeout: SILENCE_MS,
        bodyTimeout: SILENCE_MS,
        ...(signal === undefined ? {} : { signal }),
      });
      const header = (name: string): string | undefined => [response.headers[name]].flat()[0];
      return { status: response.statusCode, header, body: response.body };
    } catch (error) {
      signal?.throwIfAborted();
      throw networkTrouble(error, url);
    }
  }

  /** The answer of the last of the redirects. Throws {@link Trouble}, or the signal's reason. */
  async get(url: string, headers: Record<string, string>, signal: AbortSignal | undefined): Promise<Answer> {
    let at = new URL(url);
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      if (at.protocol !== 'https:' && !(this.#allowHttp && at.protocol === 'http:')) {
        throw new Trouble(`it leads to ${at.protocol}//${at.host}, and only https is trusted`, { retry: false });
      }
      const answer = await this.#once(at.href, headers, signal);
      const location = answer.header('location');
      if (!REDIRECTS.has(answer.status) || location === undefined) {
        return answer;
      }
      destroy(answer);
      if (!URL.canParse(location, at.href)) {
        throw new Trouble(`it leads to '${location}', which is no address`, { retry: false });
      }
      at = new URL(location, at);
    }
    throw new Trouble(`more than ${MOST_REDIRECTS} redirects`, { retry: false });
  }

  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }
}

/** Leaves a body unread. */
export function destroy(answer: Answer): void {
  // A body that is destroyed before its end reports that as an error, which nobody else listens for.
  answer.body.on('error', () => undefined);
  answer.body.destroy();
}
