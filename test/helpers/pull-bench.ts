/** What tests of pulls share. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { DinomalyError, type DinomalyErrorCode } from '../../lib/errors.js';
import { checkPullOptions, type Pull, pullFrom } from '../../lib/weights/pull.js';
import type { WeightsSource } from '../../lib/weights/source.js';
import { temporaryFolder } from './drawn-set.js';
import { sha256, WeightsServer, weightsBytes } from './weights-server.js';

export const CONTENT = weightsBytes(3 * 1024 * 1024);

/** A server, a cache folder, and a pull from the one to the other. */
export interface Bench {
  readonly server: WeightsServer;
  readonly folder: string;
  readonly file: string;
  readonly lines: string[];
  readonly source: WeightsSource;
  readonly pull: (options?: Partial<Pull>, source?: Partial<WeightsSource>) => Promise<string>;
}

/** `known`: whether size and checksum are. */
export async function bench(t: ExecutionContext, known = true): Promise<Bench> {
  const server = await WeightsServer.start(CONTENT);
  t.teardown(() => server.close());
  const root = temporaryFolder();
  t.teardown(root.remove);
  const folder = path.join(root.folder, 'weights');
  const lines: string[] = [];
  const checked = checkPullOptions({ cacheFolder: folder, log: (line: string) => lines.push(line) });
  const facts = known ? { bytes: CONTENT.length, sha256: sha256(CONTENT) } : {};
  const source = { url: server.url, licence: 'MIT', ...facts };
  return {
    server,
    folder,
    file: path.join(folder, 'net.pth'),
    lines,
    source,
    pull: (options = {}, other = {}) =>
      pullFrom('net', { ...source, ...other }, { ...checked, env: {}, allowHttp: true, retryMs: 1, ...options }),
  };
}

/** The message of the error that `run` ends with. */
export async function failure(t: ExecutionContext, code: DinomalyErrorCode, run: Promise<unknown>): Promise<string> {
  const error = await t.throwsAsync(run, { instanceOf: DinomalyError });
  t.is((error as DinomalyError).code, code, error?.message);
  return error?.message ?? '';
}

/** The file is there, and nothing but its checksum beside it. */
export function assertWhole(t: ExecutionContext, { folder, file }: Bench): void {
  t.true(readFileSync(file).equals(CONTENT), 'the bytes are those of the publisher');
  t.deepEqual(readdirSync(folder).sort(), ['net.pth', 'net.pth.sha256'], 'nothing else is left');
}
