/** What the package says where its binary is missing or damaged. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../helpers/drawn-set.js';

const ROOT = path.join(__dirname, '../..');
const BUILT = path.join(ROOT, 'build/Release');
const { folder, remove } = temporaryFolder();
test.after.always(remove);

/** What opening the addon throws in a copy of the built package that has these binaries. */
function opening(name: string, binaries: Readonly<Record<string, string | null>>): { code?: string; message: string } {
  const copy = path.join(folder, name);
  mkdirSync(path.join(copy, 'build/Release'), { recursive: true });
  cpSync(path.join(ROOT, 'dist'), path.join(copy, 'dist'), { recursive: true });
  copyFileSync(path.join(ROOT, 'package.json'), path.join(copy, 'package.json'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  for (const [file, content] of Object.entries(binaries)) {
    const target = path.join(copy, 'build/Release', file);
    if (content === null) copyFileSync(path.join(BUILT, file), target);
    else writeFileSync(target, content);
  }
  const load = JSON.stringify(path.join(copy, 'dist/binding/load.js'));
  const program = `try { require(${load}).binding(); console.log('{"message":"opened"}'); }
catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(stdout + stderr);
  }
}

const REMEDY = /npx dinomaly build/;

test('a package without a binary is ADDON_LOAD and says how to build one', (t) => {
  const { code, message } = opening('none', {});
  t.is(code, 'ADDON_LOAD');
  t.regex(message, /There is no native addon for linux/);
  t.regex(message, REMEDY);
});

test('a loader or an addon that is no library is ADDON_LOAD with the cause', (t) => {
  for (const [name, binaries] of [
    ['loader', { 'loader.node': 'not a library', 'libdinomaly.so': null }],
    ['addon', { 'loader.node': null, 'libdinomaly.so': 'not a library' }],
  ] as const) {
    const { code, message } = opening(name, binaries);
    t.is(code, 'ADDON_LOAD', message);
    t.regex(message, /The native addon cannot be opened: .*(?:too short|header|ELF)/);
    t.regex(message, REMEDY);
  }
  t.is(opening('whole', { 'loader.node': null, 'libdinomaly.so': null }).message, 'opened');
});
