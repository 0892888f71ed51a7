/** What the head of an answer and the first bytes of a file tell. */
import { type Answer, statusTrouble, Trouble } from './http.js';

/** So much tells a checkpoint from a web page. */
export const HEAD = 9;

/** Checkpoints are zip files or pickles, safetensors a length of 8 bytes and JSON. */
function isWeights(head: Buffer): boolean {
  const zip = head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'));
  const pickle = head[0] === 0x80 && (head[1] ?? 0xff) <= 5;
  return zip || pickle || head[8] === 0x7b;
}

function notWeights(what: string): Trouble {
  return new Trouble(`what came is ${what}, no weights file: a page of a login, a proxy or an error`, { retry: false });
}

/** Refuses the first bytes of what is no weights file. */
export function checkHead(head: Buffer): void {
  if (!isWeights(head)) {
    const text = head.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    throw notWeights(`something that begins with '${text}'`);
  }
}

/** A length in a header. */
export function integer(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** Where a partial answer begins, and how long the whole is. */
export function contentRange(answer: Answer): { start: number | null; total: number | null } {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.header('content-range') ?? '') ?? [];
  return { start: integer(start), total: integer(total) };
}

/** The name of a version of the file: a weak ETag may name files that differ, so it is none. */
export function strongEtag(answer: Answer): string | null {
  const etag = answer.header('etag');
  return etag === undefined || etag.startsWith('W/') ? null : etag;
}

/** Refuses an answer that does not bring the file, or not as it lies at the publisher's. */
export function checkAnswer(answer: Answer): void {
  if (answer.status !== 200 && answer.status !== 206) {
    throw statusTrouble(answer);
  }
  if (/^text\/html|^application\/xhtml/i.test(answer.header('content-type') ?? '')) {
    throw notWeights('a web page');
  }
  const encoding = answer.header('content-encoding') ?? 'identity';
  if (encoding !== 'identity' && encoding !== '') {
    throw new Trouble(`the server encodes the file on the way (${encoding})`, { retry: false });
  }
}
