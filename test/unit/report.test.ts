/** The metrics table and the mean below it. */
import test from 'ava';
import { meanOf } from '../../lib/evaluation/mean.js';
import type { ClassMetrics, Evaluation } from '../../lib/evaluation/types.js';
import { formatTable } from '../../lib/index.js';
import { CONVENTIONS, measured } from '../helpers/measured.js';

function row(name: string, value: number | null, aupro: number | null): ClassMetrics {
  const image = { imageAuroc: value, imageAp: value, imageF1Max: value };
  const seven = { ...image, pixelAuroc: 0.5, pixelAp: 0.5, pixelF1Max: 0.5, aupro };
  return { name, images: 4, anomalous: 2, unmasked: 0, ...measured(seven) };
}

function evaluation(classes: readonly ClassMetrics[]): Evaluation {
  return {
    classes,
    ...meanOf(classes),
    images: 8,
    pictures: [],
    leftOut: [],
    doubtfulMasks: { empty: [], full: [], otherSize: [] },
    curves: null,
    conventions: CONVENTIONS,
    seconds: 1,
  };
}

test('the mean is over the classes where a metric is defined, with their count', (t) => {
  const { mean, meanOver } = meanOf([row('a', 1, null), row('b', 0.5, 0.25), row('c', null, null)]);
  t.is(mean.imageAuroc, 0.75);
  t.is(mean.aupro, 0.25);
  t.deepEqual([meanOver.imageAuroc, meanOver.pixelAp, meanOver.aupro], [2, 3, 1]);
  t.is(meanOf([row('a', null, null)]).mean.imageAp, null);
});

test('the table has a row a class and the mean, in percent, columns aligned', (t) => {
  const lines = formatTable(evaluation([row('gear', 1, 0.9), row('board', 0.9876, 0.8)])).split('\n');
  t.regex(lines[0] ?? '', /^class +I-AUROC +I-AP +I-F1max +P-AUROC +P-AP +P-F1max +AUPRO$/);
  t.regex(lines[3] ?? '', /^board +98\.8 .* 80\.0$/);
  t.regex(lines[5] ?? '', /^mean +99\.4 .* 85\.0$/);
  t.is(new Set([0, 1, 2, 3, 4, 5].map((at) => lines[at]?.length)).size, 1);
});

test('the table says what is undefined, and which convention it follows', (t) => {
  const text = formatTable(evaluation([row('a', 1, null), row('b', 1, 0.5)]));
  t.regex(text, /^a .* -$/m);
  t.regex(text, /^-: undefined/m);
  t.regex(text, /AUPRO: mean over 1 class/);
  t.regex(text, /maps of 256 x 256, .*'any'/);
  const cut = evaluation([row('a', 1, 0.5)]);
  const tiles = { size: [64, 64], overlap: 8 } as const;
  t.regex(formatTable({ ...cut, conventions: { ...cut.conventions, tiles } }), /maps of 256 x 256 of each tile, /);
});

test('what is no evaluation is refused', (t) => {
  for (const value of [undefined, null, {}, [], { ...evaluation([]), mean: null }]) {
    t.throws(() => formatTable(value as never), { instanceOf: TypeError, message: /result of evaluator\.evaluate/ });
  }
});
