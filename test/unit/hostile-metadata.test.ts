/** Files whose names, shapes or metadata claim what would take all memory: refused before any is asked for. */
import test from 'ava';
import type { NativeFileInfo, NativeTensorInfo } from '../../lib/binding/types.js';
import { encoderHints, inferModel } from '../../lib/options/infer.js';
import { readMetadata } from '../../lib/options/metadata.js';
import { madeMetadata } from '../helpers/metadata.js';

const strings = madeMetadata(['a'], null);

interface Config {
  encoder: Record<string, unknown>;
  [key: string]: unknown;
}

const damages: readonly (readonly [title: string, edit: (config: Config) => unknown, cause: RegExp])[] = [
  ['a decoder of 4e9 blocks', (config) => (config.decoderDepth = 4e9), /config\.decoderDepth/],
  ['an encoder of 1e9 blocks', (config) => (config.encoder.depth = 1e9), /config\.encoder\.depth/],
  ['an encoder of 1e9 channels', (config) => (config.encoder.dim = 1e9), /config\.encoder\.dim/],
  ['1e15 registers', (config) => (config.encoder.registers = 1e15), /config\.encoder\.registers/],
  ['no registers', (config) => delete config.encoder.registers, /config\.encoder\.registers/],
  ['a number for an encoder', (config) => Object.assign(config, { encoder: 7 }), /config\.encoder/],
  ['an unknown key', (config) => (config.colour = 1), /config\.colour/],
  ['a scheme beside its groups', (config) => (config.scheme = 'one-group'), /config\.scheme/],
  ['an unknown attention', (config) => (config.attention = 'flash'), /config\.attention/],
  ['a window of linear attention', (config) => (config.neighbourMask = 3), /config\.neighbourMask/],
  ['an even window', (config) => Object.assign(config, { attention: 'softmax', neighbourMask: 4 }), /neighbourMask/],
  ['a window of 1e9', (config) => Object.assign(config, { attention: 'softmax', neighbourMask: 1e9 }), /neighbourMask/],
  [
    'a window of text',
    (config) => Object.assign(config, { attention: 'softmax', neighbourMask: '3' }),
    /neighbourMask/,
  ],
  ['an unknown fusion', (config) => (config.fusion = 'sum'), /config\.fusion/],
  ['two groups to concatenate', (config) => (config.fusion = 'concatenate'), /config\.encoderGroups/],
];

for (const [title, edit, message] of damages) {
  test(`metadata that claim ${title} are refused`, (t) => {
    const config = JSON.parse(strings.config ?? '') as Config;
    edit(config);
    const damaged = { ...strings, config: JSON.stringify(config) };
    t.throws(() => readMetadata(damaged, 'some/model'), { code: 'METADATA_INVALID', message });
  });
}

const scale = { low: 0, high: 1, images: 1 };
const split = { seed: 0, from: 'all', train: 0.5, validation: 0 };
const contradictions: readonly (readonly [title: string, key: string, changes: object, cause: RegExp])[] = [
  [
    'a colour scale upside down',
    'calibration',
    { ...scale, low: 2 },
    /above calibration\.low, 2, for calibration\.high/,
  ],
  ['an empty colour scale', 'calibration', { ...scale, low: 1 }, /calibration\.high/],
  ['a colour scale that 32 bits cannot hold', 'calibration', { ...scale, high: 1e308 }, /calibration\.high/],
  ['a colour scale of no pictures', 'calibration', { ...scale, images: 0 }, /calibration\.images/],
  ['more steps than were planned', 'training', { iterations: 2, plannedIterations: 1 }, /training\.iterations/],
  ['more steps left out than taken', 'training', { skippedSteps: 1 }, /training\.skippedSteps/],
  ['a share above 1', 'training', { split: { ...split, train: 2 } }, /training\.split\.train/],
  ['a hash that is none', 'encoder', { sha256: 'abc' }, /SHA-256 .* for encoder\.sha256/],
];
for (const [title, key, changes, message] of contradictions) {
  test(`metadata of ${title} are refused`, (t) => {
    const damaged = { ...JSON.parse(strings[key] ?? ''), ...changes };
    const read = (): unknown => readMetadata({ ...strings, [key]: JSON.stringify(damaged) }, 'some/model');
    t.throws(read, { code: 'METADATA_INVALID', message });
  });
}

test('metadata that name a class twice are refused', (t) => {
  const read = (): unknown => readMetadata({ ...strings, classes: '["a","b","a"]' }, 'some/model');
  t.throws(read, { code: 'METADATA_INVALID', message: /each class once for classes/ });
});

const tensor = (name: string, ...shape: number[]): NativeTensorInfo => ({ name, dtype: 'F32', shape });
const fileOf = (tensors: NativeTensorInfo[]): NativeFileInfo => ({ format: 'pth', metadata: {}, tensors });

/** A checkpoint as its tensors, some of them replaced. */
function checkpoint(decoder: readonly string[], ...replaced: NativeTensorInfo[]): NativeFileInfo {
  const tensors = [
    tensor('encoder.patch_embed.proj.weight', 128, 3, 14, 14),
    tensor('encoder.pos_embed', 1, 37 * 37 + 1, 128),
    ...Array.from({ length: 12 }, (_, index) => tensor(`encoder.blocks.${index}.norm1.weight`, 128)),
    ...decoder.map((index) => tensor(`decoder.${index}.norm1.weight`, 128)),
  ];
  return fileOf([...replaced, ...tensors.filter(({ name }) => replaced.every((other) => other.name !== name))]);
}

test('blocks are counted and not taken from their names', (t) => {
  t.is(inferModel(checkpoint(['0', '4000000000']), 'file', {}).config.decoderDepth, 2);
});

test('a decoder of one block leaves its groups open', (t) => {
  t.throws(() => inferModel(checkpoint(['0']), 'file', {}), { code: 'METADATA_MISSING', message: /file .*one block/ });
});

test('shapes without data are no reason to ask for memory', (t) => {
  const wrong = (name: string, ...shape: number[]) => checkpoint(['0', '1'], tensor(name, ...shape));
  const registers = wrong('encoder.register_tokens', 1, 1e15, 0);
  t.throws(() => encoderHints(registers, 'file'), { code: 'WEIGHTS_FORMAT', message: /file .*registers/ });
  const positions = wrong('encoder.pos_embed', 1, 1e18, 0);
  t.throws(() => encoderHints(positions, 'file'), { code: 'WEIGHTS_FORMAT', message: /positionGrid/ });
  const patch = wrong('encoder.patch_embed.proj.weight', 128, 3, 0, 0);
  t.throws(() => inferModel(patch, 'file', {}), { code: 'WEIGHTS_FORMAT', message: /patch 0/ });
  const rank = wrong('encoder.patch_embed.proj.weight', 128);
  t.throws(() => inferModel(rank, 'file', {}), { code: 'METADATA_MISSING' });
});
