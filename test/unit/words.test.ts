/** What a person most likely meant by a mistyped word. */
import test from 'ava';
import { nearest, nounOf, suggestion } from '../../lib/words.js';

test('a letter left out, added or exchanged, two swapped, and capitals are near', (t) => {
  const known = ['iterations', 'seed', 'softmax'];
  for (const name of ['iteration', 'iterationss', 'iterrtions', 'itertaions', 'ITERATIONS']) {
    t.is(nearest(name, known), 'iterations', name);
  }
  t.is(nearest('SEED', known), 'seed');
  // Two swapped letters are one edit: with two of them the word would be out of reach.
  t.is(nearest('tow', ['two', 'ten']), 'two');
});

test('of several near words the nearest is meant', (t) => {
  t.is(
    nearest('dinov2_vit_bas_14', ['dinov2_vit_large_14', 'dinov2_vit_base_14', 'dino_vit_base_16']),
    'dinov2_vit_base_14',
  );
});

test('short words are near by one edit only, a letter is near nothing, and an endless text is not compared', (t) => {
  t.is(nearest('all', ['any', 'half']), undefined);
  t.is(nearest('6', ['1', '2']), undefined);
  t.is(nearest('x'.repeat(1e6), ['x'.repeat(1e6 + 1)]), undefined);
});

test('a suggestion quotes a name that is more than a word', (t) => {
  t.is(suggestion('metalnut', ['metal nut']), "Did you mean 'metal nut'?");
  t.is(suggestion('VISA', ['visa']), 'Did you mean visa?');
  t.is(suggestion('else', ['visa', 'mvtec']), undefined);
});

test('what a value is follows from the name of its option', (t) => {
  const nouns = ['--map-format', 'options.mapFormat', 'options.classes[0]', 'options.rows[12]', 'ENCODER'].map(nounOf);
  t.deepEqual(nouns, ['map format', 'map format', 'class', 'row', 'encoder']);
});
