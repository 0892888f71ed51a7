/** Manifests as people write and break them: CSV and JSON lines. */
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { openDataset } from '../../lib/index.js';
import { temporaryFolder, writeDisc, writeMask } from '../helpers/drawn-set.js';
import { writeText } from '../helpers/layouts.js';

const { folder, remove } = temporaryFolder();
const outside = path.join(folder, 'outside/far.png');
test.after.always(remove);
test.before(async () => {
  await writeDisc(path.join(folder, 'plain.png'), 1);
  await writeDisc(outside, 2, true);
  await writeMask(path.join(folder, 'mask.png'));
});

/** A manifest in a folder of its own, beside the pictures a.png to c.png and the mask m.png. */
function write(name: string, file: string, text: string | Uint8Array): string {
  const root = path.join(folder, name);
  mkdirSync(root, { recursive: true });
  for (const picture of ['a.png', 'b.png', 'c, d.png'])
    copyFileSync(path.join(folder, 'plain.png'), path.join(root, picture));
  copyFileSync(path.join(folder, 'mask.png'), path.join(root, 'm.png'));
  writeText(path.join(root, file), text);
  return path.join(root, file);
}

const GOOD = 'image,label,class,mask,split\na.png,normal,x,,train\nb.png,anomalous,x,m.png,test\n';

test('a manifest is opened by its own path, or as the folder that holds it', async (t) => {
  const file = write('both', 'manifest.csv', GOOD);
  const dataset = await openDataset(file);
  t.like(dataset, { format: 'manifest', root: file, classes: ['x'] });
  t.deepEqual((await openDataset(path.dirname(file))).test, dataset.test);
  t.is(dataset.test[0]?.mask, path.join(path.dirname(file), 'm.png'));
  t.is((await openDataset(write('other', 'list.CSV', GOOD))).train.length, 1);
});

test('a byte order mark, CRLF, spaces and quoted commas are taken as they should be', async (t) => {
  const text =
    '\uFEFFimage, label, class, mask\r\n"c, d.png",normal,"a ""b"" class",\r\n\r\nb.png , anomalous,x,m.png\r\n';
  const dataset = await openDataset(write('odd', 'manifest.csv', text));
  t.deepEqual(dataset.classes, ['a "b" class', 'x']);
  t.deepEqual([...dataset.train, ...dataset.test].map(({ path: file }) => path.basename(file)).sort(), [
    'b.png',
    'c, d.png',
  ]);
});

test('paths are relative to the manifest; absolute ones and those that leave its folder are taken too', async (t) => {
  const lines = [
    'image,label,class,mask,split',
    `${path.join(folder, 'plain.png')},0,x,,train`,
    '../outside/far.png,1,x,../mask.png,test',
  ];
  const dataset = await openDataset(write('paths', 'manifest.csv', lines.join('\n')));
  t.is(dataset.train[0]?.path, path.join(folder, 'plain.png'));
  t.like(dataset.test[0], { path: outside, mask: path.join(folder, 'mask.png') });
});

test('JSON lines may name several masks, a kind, a view and an object', async (t) => {
  const line = {
    image: 'b.png',
    label: 1,
    class: 'x',
    mask: ['m.png', '../mask.png'],
    defect: 'dent',
    view: 'C1',
    group: 'o7',
  };
  const text = `\uFEFF{"image":"a.png","label":"normal","class":"x"}\r\n\n${JSON.stringify(line)}`;
  const dataset = await openDataset(write('lines', 'manifest.jsonl', text));
  const [sample] = dataset.test;
  t.like(sample, { label: 1, defect: 'dent', view: 'C1', group: 'o7' });
  t.is(sample?.mask?.length, 2);
});

test('a line may say that its mask holds numbers', async (t) => {
  const lines = [
    'image,label,class,mask,maskValues',
    'a.png,1,x,m.png,index',
    'b.png,1,x,m.png,grey',
    '"c, d.png",1,x,m.png,',
  ];
  const dataset = await openDataset(write('values', 'manifest.csv', lines.join('\n')));
  t.deepEqual(
    dataset.test.map(({ maskValues }) => maskValues),
    ['index', 'grey', undefined],
  );
});

const BROKEN: readonly [name: string, file: string, text: string | Buffer, message: RegExp][] = [
  [
    'a missing column',
    'manifest.csv',
    'image,class\na.png,x\n',
    /manifest\.csv, line 1: the header lacks the column 'label'; it has image, class/,
  ],
  [
    'a column that is there twice',
    'manifest.csv',
    'image,label,class,label\n',
    /line 1: the column 'label' is there twice/,
  ],
  [
    'a column that is not known',
    'manifest.csv',
    'image,label,class,spilt\n',
    /line 1: there is no column 'spilt'\. Did you mean split\?/,
  ],
  [
    'cells between semicolons',
    'manifest.csv',
    'image;label;class\na.png;normal;x\n',
    /line 1: cells are separated by commas, but found ";"/,
  ],
  ['cells between tabs', 'manifest.csv', 'image\tlabel\tclass\n', /line 1: cells are separated by commas/],
  [
    'bytes that are no UTF-8',
    'manifest.csv',
    Buffer.from('image,label,class\na.png,normal,\xe9\n', 'latin1'),
    /line 2: it has bytes that are no UTF-8/,
  ],
  [
    'bytes of JSON that are no UTF-8',
    'manifest.jsonl',
    Buffer.from('\ufeff{"image":"a.png","label":0,"class":"x"}\n', 'utf16le'),
    /line 1: it has bytes that are no UTF-8/,
  ],
  ['a JSON array', 'manifest.jsonl', '[\n{"image":"a.png"}]\n', /line 1: it is no JSON: .*an array is no JSON lines/],
  [
    'a bad label',
    'manifest.csv',
    'image,label,class\na.png,normal,x\nb.png,odd,x\n',
    /line 3, column 'label': expected normal, anomalous, 0 or 1 but found "odd"/,
  ],
  [
    'a class that leads elsewhere',
    'manifest.csv',
    'image,label,class\na.png,normal,../x\n',
    /line 2, column 'class': the name of a class has no slash, but found "..\/x"/,
  ],
  [
    'a bad split',
    'manifest.csv',
    'image,label,class,split\na.png,normal,x,dev\n',
    /line 2, column 'split': expected train, validation, test or nothing but found "dev"/,
  ],
  ['an empty cell', 'manifest.csv', 'image,label,class\na.png,normal,\n', /line 2, column 'class': it is empty/],
  [
    'a picture twice',
    'manifest.csv',
    'image,label,class\na.png,normal,x\n./a.png,normal,x\n',
    /line 3, column 'image': .*a\.png is on line 2 too/,
  ],
  [
    'a line of another length',
    'manifest.csv',
    'image,label,class\na.png,normal\n',
    /line 2: it has 2 cells, the header 3/,
  ],
  [
    'a quote that never ends',
    'manifest.csv',
    'image,label,class\n"a.png,normal,x\n',
    /manifest\.csv, line \d: it is no CSV/,
  ],
  [
    'a split for some lines only',
    'manifest.csv',
    'image,label,class,split\na.png,normal,x,train\nb.png,normal,x,\n',
    /line 3, column 'split': it is empty/,
  ],
  [
    'an anomalous picture to train on',
    'manifest.csv',
    'image,label,class,mask,split\na.png,anomalous,x,m.png,train\n',
    /line 2, column 'split': an anomalous picture belongs in 'test'/,
  ],
  [
    'values of a mask of an unknown kind',
    'manifest.csv',
    'image,label,class,mask,maskValues\na.png,anomalous,x,m.png,indices\n',
    /line 2, column 'maskValues': expected grey, index or nothing but found "indices"/,
  ],
  ['no lines', 'manifest.csv', 'image,label,class\n', /names no picture/],
  ['no bytes', 'manifest.csv', '', /it is empty; its first line names the columns/],
  [
    'a broken line of JSON',
    'manifest.jsonl',
    '{"image":"a.png","label":0,"class":"x"}\n{"image":\n',
    /manifest\.jsonl, line 2: it is no JSON/,
  ],
  ['a line that is no object', 'manifest.jsonl', '[1]\n', /line 1: it is no JSON object/],
  [
    'a key that is not known',
    'manifest.jsonl',
    '{"image":"a.png","labels":0}\n',
    /line 1: there is no column 'labels'\. Did you mean label\?/,
  ],
  [
    'a key that is missing',
    'manifest.jsonl',
    '{"image":"a.png","class":"x"}\n',
    /line 1, column 'label': expected .* found nothing/,
  ],
  [
    'a number for a path',
    'manifest.jsonl',
    '{"image":7,"label":0,"class":"x"}\n',
    /line 1, column 'image': expected text but found 7/,
  ],
  ['a line without an end', 'manifest.jsonl', `{"image":"${'a'.repeat(3 << 20)}`, /line 1: it is (?:longer|no JSON)/],
];

for (const [name, file, text, message] of BROKEN) {
  test(`${name} is an error that names file and line`, async (t) => {
    const error = await t.throwsAsync(openDataset(write(name, file, text)), { message });
    t.true(['DATASET_LAYOUT', 'DATASET_EMPTY_CLASS'].includes(String((error as { code?: string } | undefined)?.code)));
  });
}

test('a quote that never ends in a large file is refused before the file is in memory', async (t) => {
  const file = write('unclosed', 'manifest.csv', `image,label,class\n"${'a'.repeat(3 << 20)}`);
  await t.throwsAsync(openDataset(file), { code: 'DATASET_LAYOUT', message: /it is no CSV: .*size/i });
});

test('a picture or a mask that is not there is an error that names the line', async (t) => {
  const picture = write('gone', 'manifest.csv', 'image,label,class\na.png,normal,x\nnone.png,normal,x\n');
  await t.throwsAsync(openDataset(picture), { code: 'FILE_READ', message: /line 3, column 'image': .*none\.png/ });
  const mask = write('maskless', 'manifest.csv', 'image,label,class,mask\na.png,anomalous,x,none.png\n');
  await t.throwsAsync(openDataset(mask), { code: 'MASK_MISSING', message: /line 2, column 'mask': .*none\.png/ });
});

test('anomalous pictures of a manifest need no mask, with the column or without', async (t) => {
  for (const [name, text] of [
    ['bare', 'image,label,class\na.png,anomalous,x\n'],
    ['empty', 'image,label,class,mask\na.png,anomalous,x,\n'],
  ] as const) {
    const { test: samples } = await openDataset(write(name, 'manifest.csv', text));
    t.deepEqual(
      samples.map(({ label, mask }) => [label, mask]),
      [[1, undefined]],
    );
  }
});

test('all faults of a manifest are listed where they are to be, and the good lines are read', async (t) => {
  const text = 'image,label,class\na.png,odd,x\nb.png,normal,x\nnone.png,normal,x\nb.png,normal,x\n';
  const dataset = await openDataset(write('listed', 'manifest.csv', text), { faults: 'list' });
  t.deepEqual(
    dataset.faults?.map(({ code, message }) => [code, /line (\d)/.exec(message)?.[1]]),
    [
      ['DATASET_LAYOUT', '2'],
      ['DATASET_LAYOUT', '5'],
      ['FILE_READ', '4'],
    ],
  );
  t.is(dataset.train.length, 1);
});

test('two manifests in one folder, and a manifest in a set of another layout, must be told apart', async (t) => {
  const file = write('twofold', 'manifest.csv', GOOD);
  writeText(path.join(path.dirname(file), 'manifest.jsonl'), '');
  await t.throwsAsync(openDataset(path.dirname(file)), { code: 'DATASET_LAYOUT', message: /two manifests/ });
  const mixed = path.dirname(write('mixed', 'manifest.csv', GOOD));
  await writeDisc(path.join(mixed, 'normal/0.png'), 1);
  const message = /fits the layouts folder and manifest: say which with the option format/;
  await t.throwsAsync(openDataset(mixed), { code: 'DATASET_LAYOUT', message });
  t.is((await openDataset(mixed, { format: 'folder' })).format, 'folder');
});
