/** The built package, by both module systems. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';

const ROOT = path.join(__dirname, '../..');

test('import and require give one copy of each class', async (t) => {
  const required = createRequire(path.join(ROOT, 'package.json'))('dinomaly');
  // Not through the TypeScript loader, which would answer with the sources.
  const imported = await import(pathToFileURL(path.join(ROOT, 'dist/index.mjs')).href);
  for (const name of ['Model', 'Trainer', 'Evaluator', 'openDataset', 'DinomalyError']) {
    t.is(typeof required[name], 'function', name);
    t.is(imported[name], required[name], name);
  }
});
