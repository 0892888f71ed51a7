/** The lines that the README opens with, run as they stand but for a network that takes its steps in a moment. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { TINY, temporaryFolder, writeDisc } from '../helpers/drawn-set.js';

const ROOT = path.join(__dirname, '../..');
const { folder, remove } = temporaryFolder();
test.after.always(remove);

const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');

/** Puts `by` in the place of `text`, which must be there once. */
function swap(code: string, text: string, by: string): string {
  if (code.split(text).length !== 2) throw new Error(`${text} does not stand once in the lines of the README`);
  return code.replace(text, () => by);
}

test('the first lines train on good photos, judge a part and leave its heatmap', async (t) => {
  t.timeout(120_000);
  let code = /```js\n(.*?)```/s.exec(README)?.[1] ?? '';
  code = swap(code, "'dinov2reg_vit_small_14'", JSON.stringify({ ...TINY, patch: 32 }));
  code = swap(code, 'await pullWeights(encoder)', 'null');
  code = swap(code, 'iterations: 300', 'iterations: 2');
  mkdirSync(path.join(folder, 'photos/good'), { recursive: true });
  for (let seed = 0; seed < 12; seed++) await writeDisc(path.join(folder, `photos/good/${seed}.png`), seed, false);
  await writeDisc(path.join(folder, 'part.jpg'), 20, true);
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(ROOT, path.join(folder, 'node_modules/dinomaly'));
  writeFileSync(path.join(folder, 'first.mjs'), code);
  const out = execFileSync(process.execPath, ['first.mjs'], { cwd: folder, encoding: 'utf8', timeout: 100_000 });
  t.regex(out, /^(?:GOOD|BAD|NOT SURE|UNKNOWN PART) \d/);
  t.true(existsSync(path.join(folder, 'heatmap.png')));
});

test('every file that the README and the documents link to is there', (t) => {
  const documents = ['README.md', ...readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))];
  for (const name of documents) {
    const file = path.join(ROOT, name === 'README.md' ? '' : 'docs', name);
    const text = readFileSync(file, 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [target = '', anchor] = link.split('#');
      const place = path.resolve(path.dirname(file), target === '' ? path.basename(file) : target);
      t.true(existsSync(place), `${name} links to ${link}`);
      if (anchor === undefined) continue;
      const heads = Array.from(readFileSync(place, 'utf8').matchAll(/^#+ (.*)$/gm), ([, head = '']) =>
        head
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .trim()
          .replaceAll(/\s/g, '-'),
      );
      t.true(heads.includes(anchor), `${name} links to ${link}`);
    }
  }
});
