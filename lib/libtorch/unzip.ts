/** Takes the files that are wanted out of a wheel, which is a zip archive. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';

/** Libraries of the torch wheel that only Python, or nothing at all, opens. */
const USELESS =
  /^torch\/lib\/lib(?:torch_python|shm|aoti_custom_ops|backend_with_compiler|jitbackend_test|torchbind_test)\./;

/**
 * Where a file of a wheel goes, or undefined where it is not wanted: libraries and headers to their own names, licences to
 * `torch/licenses`, those of NVIDIA's wheels in a folder each.
 */
export function placeOf(name: string): string | undefined {
  const [, project = '', licence] = /^([^/]+?)-[^/]*\.dist-info\/licenses\/(.*[^/])$/.exec(name) ?? [];
  if (licence !== undefined) {
    return project === 'torch' ? `torch/licenses/${licence}` : `torch/licenses/${project}/${licence}`;
  }
  const library = /^(?:torch\/lib|nvidia\/[^/]+\/lib)\/[^/]+\.so(?:\.[^/]*)?$/.test(name) && !USELESS.test(name);
  const header = /^(?:torch|nvidia\/[^/]+)\/include\/.*[^/]$/.test(name);
  return library || header || name === 'torch/version.py' ? name : undefined;
}

/** Unpacks the wanted files of `wheel` under `target`. A name that leads out of it is an error, as is damage. */
export async function unzipWheel(wheel: string, target: string): Promise<void> {
  const archive = await openPromise(wheel);
  try {
    for await (const entry of archive.eachEntry() as AsyncIterable<Entry>) {
      const place = placeOf(entry.fileName);
      if (place !== undefined) {
        const file = join(target, place);
        await mkdir(dirname(file), { recursive: true });
        await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(file));
      }
    }
  } finally {
    archive.close();
  }
}
