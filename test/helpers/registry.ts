/**
 * A registry of npm packages on this machine's loopback: the given tarballs, and what this clone has installed, packed on
 * demand. It asks no other registry, so an install from it needs no network.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What a registry tells of one version of a package. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

/** One version of a package, and its tarball when somebody asks for it. */
interface Entry {
  readonly manifest: Manifest;
  readonly tarball: () => Buffer;
}

/** A running registry. */
export interface Registry {
  readonly url: string;
  /** Serves a package with one byte of its tarball changed from now on. */
  damage(name: string): void;
  close(): Promise<void>;
}

function tar(...args: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('tar', args, { maxBuffer: 2 ** 30 });
  // 1: a file got another hard link, or the like, while it was read.
  if (status !== 0 && status !== 1) throw new Error(`tar: ${stderr}`);
  return stdout;
}

/** A function whose result is computed once. */
function once<T>(compute: () => T): () => T {
  let result: { value: T } | undefined;
  return () => {
    result ??= { value: compute() };
    return result.value;
  };
}

function fromTarball(file: string): Entry {
  const manifest = JSON.parse(tar('-xzOf', file, 'package/package.json').toString()) as Manifest;
  return { manifest, tarball: once(() => readFileSync(file)) };
}

/**
 * The tarball of a package of another platform, which the clone lacks: its manifest alone. Yarn 1 fetches such packages too,
 * and installs those of another libc.
 */
function manifestAlone(manifest: Manifest): () => Buffer {
  return once(() => {
    const folder = mkdtempSync(path.join(tmpdir(), 'dinomaly-registry-'));
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
    const packed = tar('-C', folder, '--transform=s,^\\.,package,', '-cz', '.');
    rmSync(folder, { recursive: true });
    return packed;
  });
}

/** The packages of a clone's lock file. */
function fromClone(root: string): Entry[] {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string; readonly link?: boolean }>>;
  };
  return Object.entries(lock.packages).flatMap(([place, { version, link }]) => {
    const name = place.split('node_modules/').at(-1);
    if (!place.startsWith('node_modules/') || !name || version === undefined || link) return [];
    const folder = path.join(root, place);
    const there = existsSync(path.join(folder, 'package.json'));
    const pack = (): Buffer => tar('-C', folder, '--exclude=./node_modules', '--transform=s,^\\.,package,', '-cz', '.');
    const manifest = { ...lock.packages[place], name, version };
    return [{ manifest, tarball: there ? once(pack) : manifestAlone(manifest) }];
  });
}

/** The packages of this one for other platforms, as they are published beside those of this platform. */
function ofOtherPlatforms(root: string): Entry[] {
  return readdirSync(path.join(root, 'packages')).flatMap((folder) => {
    const [, os = '', cpu = ''] = /(\w+)-(\w+)$/.exec(folder) ?? [];
    if (cpu === process.arch) return [];
    const manifest = JSON.parse(readFileSync(path.join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest;
    const ofPlatform = { ...manifest, os: [os], cpu: [cpu] };
    return [{ manifest: ofPlatform, tarball: manifestAlone(ofPlatform) }];
  });
}

function document(url: string, entries: readonly Entry[]): object {
  const versions = entries.map(({ manifest, tarball }) => {
    const dist = {
      // As npm's own registry has them: Yarn names folders after other addresses, and sharp knows the names of those folders.
      tarball: `${url}/${manifest.name}/-/${path.basename(manifest.name)}-${manifest.version}.tgz`,
      integrity: `sha512-${createHash('sha512').update(tarball()).digest('base64')}`,
    };
    return [manifest.version, { ...manifest, dist }] as const;
  });
  const latest = versions.at(-1)?.[0];
  return { name: entries[0]?.manifest.name, 'dist-tags': { latest }, versions: Object.fromEntries(versions) };
}

const TARBALL = /^(?<name>(?:@[^/]+\/)?(?<last>[^/]+))\/-\/\k<last>-(?<version>.+)\.tgz$/;

function answer(response: ServerResponse, status: number, type: string, body: Buffer | string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Starts a registry of `tarballs`, and of what the clone in `root` has installed. */
export async function startRegistry(root: string, tarballs: readonly string[]): Promise<Registry> {
  const packages = new Map<string, Entry[]>();
  for (const entry of [...fromClone(root), ...ofOtherPlatforms(root), ...tarballs.map(fromTarball)]) {
    const { name, version } = entry.manifest;
    const before = packages.get(name) ?? [];
    // A clone may hold one version at several places.
    if (!before.some(({ manifest }) => manifest.version === version)) packages.set(name, [...before, entry]);
  }
  const damaged = new Set<string>();
  const bytes = (name: string, version: string): Buffer | undefined => {
    const entry = packages.get(name)?.find(({ manifest }) => manifest.version === version);
    const whole = entry?.tarball();
    if (whole === undefined || !damaged.has(name)) return whole;
    const changed = Buffer.from(whole);
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    return changed;
  };
  const server = createServer((request, response) => {
    const at = decodeURIComponent(request.url ?? '').slice(1);
    const { name = at, version } = TARBALL.exec(at)?.groups ?? {};
    const entries = packages.get(name);
    const body = version === undefined ? undefined : bytes(name, version);
    if (body !== undefined) answer(response, 200, 'application/octet-stream', body);
    else if (entries === undefined || version !== undefined) answer(response, 404, 'application/json', '{}');
    else answer(response, 200, 'application/json', JSON.stringify(document(url, entries)));
  });
  // Packing holds this process up: idle connections must outlast it.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    damage: (name) => void damaged.add(name),
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
