/** The numbers under the colours of a legend. */
import test from 'ava';
import { numbersUnder } from '../../lib/report/legend.js';

/** As narrow as a legend gets, and wider. */
const WIDTHS = [150, 192, 400, 1000];

test('numbers of a legend never run into each other, and that of the threshold is always there', (t) => {
  for (const width of WIDTHS) {
    for (const share of [0.001, 0.1, 0.3, 0.5, 0.9, 0.999]) {
      const [low, hot] = [0.00141, 0.203];
      const turn = low + share * (hot - low);
      const numbers = numbersUnder({ low, hot, marks: [low, turn, hot] }, width);
      t.true(numbers.some(({ text }) => text === String(Number(turn.toPrecision(3)))));
      for (const [at, { left }] of numbers.slice(1).entries()) {
        t.true(left > (numbers[at]?.right ?? 0), `${width} ${share}`);
      }
    }
  }
});

test('where there is room the ends of a legend have their numbers too', (t) => {
  const numbers = numbersUnder({ low: 0, hot: 1, marks: [0, 0.5, 1] }, 400);
  t.deepEqual(
    numbers.map(({ text }) => text),
    ['0', '0.5', '1'],
  );
});
