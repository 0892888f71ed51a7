/** Refuses outputs that would replace an input, or each other. */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { masksOf } from './datasets/check.js';
import { MANIFEST_NAMES } from './datasets/manifest.js';
import { JSONS } from './datasets/real-iad.js';
import type { Dataset } from './datasets/types.js';
import { VISA_LIST } from './datasets/visa.js';
import { DinomalyError } from './errors.js';
import { follow } from './files.js';
import { forEachAhead } from './gate.js';

/** A file, and what it is to the reader of an error: `'the model'`, `'a picture'`, `'--json'`. */
export interface NamedFile {
  readonly path: string;
  readonly what: string;
}

const AT_ONCE = 32;

/** The place on the disk, which a file has under every name; null for what is not there. */
async function placeOf(path: string): Promise<{ readonly key: string; readonly regular: boolean } | null> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? null : { key: `${found.dev}:${found.ino}`, regular: found.isFile() };
}

/** One spelling for a file that is still to be made. */
async function spelling(path: string): Promise<string> {
  const target = await follow(path).catch(() => resolve(path));
  const folder = await realpath(dirname(target)).catch(() => dirname(target));
  return join(folder, basename(target));
}

function clash(output: NamedFile, other: NamedFile): DinomalyError {
  const message = `${output.what} would replace ${other.what}: ${output.path} and ${other.path} are one file; choose another name`;
  return new DinomalyError('OUTPUT_CLASH', message);
}

/** The outputs that are there already, by their place. @throws DinomalyError `OUTPUT_CLASH` for two that are one file */
async function present(outputs: readonly NamedFile[]): Promise<ReadonlyMap<string, NamedFile>> {
  const there = new Map<string, NamedFile>();
  const taken = new Map<string, NamedFile>();
  await forEachAhead(outputs, AT_ONCE, async (output) => {
    const place = await placeOf(output.path);
    // A device or a pipe is written to and not replaced.
    if (place !== null && !place.regular) {
      return;
    }
    const key = place?.key ?? (await spelling(output.path));
    const other = taken.get(key);
    if (other !== undefined) {
      throw clash(output, other);
    }
    taken.set(key, output);
    if (place !== null) {
      there.set(key, output);
    }
  });
  return there;
}

/**
 * Checks, before any work, that no output is the same file as an input or as another output: under another spelling, through
 * a symbolic link or by a hard link. Inputs are looked at only where some output is there already: a new file can be none
 * of them.
 *
 * @throws DinomalyError `OUTPUT_CLASH` naming both
 */
export async function refuseOverwrite(outputs: readonly NamedFile[], inputs: Iterable<NamedFile>): Promise<void> {
  const there = await present(outputs);
  if (there.size === 0) {
    return;
  }
  await forEachAhead(inputs, AT_ONCE, async (input) => {
    const place = await placeOf(input.path);
    const output = place === null ? undefined : there.get(place.key);
    if (output !== undefined) {
      throw clash(output, input);
    }
  });
}

/** Where the lists may be that a layout reads beside pictures. */
function listsOf({ format, root, classes }: Dataset): readonly string[] {
  switch (format) {
    case 'visa':
      return [join(root, VISA_LIST)];
    case 'real-iad':
      return classes.flatMap((name) => [join(root, JSONS, `${name}.json`), join(root, JSONS, JSONS, `${name}.json`)]);
    default:
      return [root, ...MANIFEST_NAMES.map((name) => join(root, name))];
  }
}

/** What a dataset is read from: its manifest or lists, its pictures and masks. */
export function* datasetFiles(dataset: Dataset): Generator<NamedFile> {
  for (const path of listsOf(dataset)) {
    yield { path, what: 'the list of the dataset' };
  }
  for (const sample of [...dataset.train, ...dataset.validation, ...dataset.test]) {
    yield { path: sample.path, what: 'a picture of the dataset' };
    for (const path of masksOf(sample)) {
      yield { path, what: 'a mask of the dataset' };
    }
  }
}
