/** What is said when weights do not come: the cause, and each way to have them nevertheless. */
import { DinomalyError } from '../errors.js';
import type { Trouble } from './http.js';
import type { WeightsSource } from './source.js';

const MIB = 1024 * 1024;

function byHand(name: string, file: string, from: string): string[] {
  return [
    `  mkdir -p '${folderOf(file)}' && mv FILE '${file}'`,
    `      for a FILE that came by other means, ${from}: then ${name} is found by its name`,
    `  dinomaly train --encoder ${name} --weights FILE      or weights: FILE in the library`,
  ];
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/'));
}

/** How to come by the weights of a named encoder, for a command that was given none. */
export function weightsHint(name: string, source: WeightsSource): string {
  const use = source.url === null ? `they are ${source.note ?? 'with their publisher'}` : `they are at ${source.url}`;
  const get =
    source.url === null
      ? `dinomaly weights pull ${name}    says where to put that file, so that it is found by the encoder's name`
      : `dinomaly weights pull ${name}    fetches them once; they are found by the encoder's name then`;
  return `the encoder ${name} needs its weights: --weights FILE; ${use}\n  ${get}`;
}

/** The error for a publisher without a plain link. */
export function noLink(name: string, source: WeightsSource, file: string): DinomalyError {
  const lines = [
    `The weights of ${name} cannot be pulled: their publisher has no plain link.`,
    `Where they are: ${source.note ?? 'the publisher tells on the page of the model'}`,
    `Licence: ${source.licence}`,
    'Get the file there, then either of these serves:',
    ...byHand(name, file, 'such as a browser'),
  ];
  return new DinomalyError('WEIGHTS_DOWNLOAD', lines.join('\n'));
}

/** The error for a download that failed for good. */
export function downloadFailure(
  name: string,
  url: string,
  file: string,
  { trouble, kept }: { readonly trouble: Trouble; readonly kept: number },
): DinomalyError {
  const rest = kept === 0 ? [] : [`${(kept / MIB).toFixed(1)} MiB are kept; the next pull goes on from there.`];
  const lines = [
    `Cannot download the weights of ${name} from ${url}: ${trouble.message}`,
    ...rest,
    'Each of these may mend it:',
    `  dinomaly weights pull ${name}      again, later`,
    '  export HTTPS_PROXY=http://HOST:PORT      where only a proxy leads out',
    ...byHand(name, file, 'from the address above'),
  ];
  return new DinomalyError('WEIGHTS_DOWNLOAD', lines.join('\n'), { cause: trouble });
}

/** The error for a file that is not the published one. */
export function wrongHash(
  what: string,
  { expected, actual }: { readonly expected: string; readonly actual: string },
  rest: string,
): DinomalyError {
  const message = `${what} has the sha256 ${actual}, expected ${expected}. ${rest}`;
  return new DinomalyError('WEIGHTS_CHECKSUM', message);
}
