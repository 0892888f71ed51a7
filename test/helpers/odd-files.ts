/** Files that are none: a pipe that nobody writes to, a socket, a device without end, a folder. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

/** What each is called in messages, with its path. The socket is gone with the process. */
export async function oddFiles(folder: string): Promise<readonly (readonly [words: RegExp, path: string])[]> {
  const at = (name: string): string => path.join(folder, name);
  execFileSync('mkfifo', [at('pipe')]);
  mkdirSync(at('folder'));
  const server = createServer().unref();
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
  return [
    [/it is a pipe/, at('pipe')],
    [/it is a folder/, at('folder')],
    [/it is a socket/, at('socket')],
    [/it is a device/, '/dev/zero'],
  ];
}
