/** Decoding, resize and crop against what Pillow made of the same files: equal to the bit. */
import path from 'node:path';
import test from 'ava';
import { binding } from '../../lib/binding/load.js';
import { decodeImage } from '../../lib/image.js';
import { testWhere } from '../helpers/where.js';

const FIXTURES = path.join(__dirname, '../fixtures/cases');
const shared = process.env.DINOMALY_SHARED;
const SHARED = path.join(shared ?? '', 'parity/cases');

for (const [folder, register] of [
  [FIXTURES, testWhere(true, '')],
  [SHARED, testWhere(Boolean(shared), 'DINOMALY_SHARED')],
] as const) {
  register(
    `every picture kind of ${folder === FIXTURES ? 'the fixtures' : 'the shared cases'} is prepared as by Pillow`,
    async (t) => {
      const { comparePreprocessing } = await import('../../scripts/preprocess-parity.mjs');
      const comparisons = await comparePreprocessing(folder, decodeImage, binding().prepareImage);
      t.true(comparisons.length > 5);
      t.deepEqual(
        comparisons.filter(({ different }) => different > 0),
        [],
      );
    },
  );
}

test('a raw buffer of the wrong length, or of other channels, is refused or converted', async (t) => {
  const info = { width: 5, height: 4, channels: 3 } as const;
  await t.throwsAsync(decodeImage({ data: Buffer.alloc(59), info }), { instanceOf: RangeError, message: /60/ });
  const grey = await decodeImage({ data: Buffer.alloc(20, 7), info: { ...info, channels: 1 } });
  t.deepEqual([grey.channels, grey.data.length, grey.data[59]], [3, 60, 7]);
});
