/** `dinomaly encoders`, as a user runs it. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import { encoderNames } from '../../lib/index.js';

const MAIN = path.join(__dirname, '../../dist/cli/main.js');
const encoders = (...args: string[]): string =>
  spawnSync(process.execPath, [MAIN, 'encoders', ...args], { encoding: 'utf8', timeout: 60_000 }).stdout;

test('encoders are listed one a line, with where their weights come from', (t) => {
  const [head, ...lines] = encoders().trimEnd().split('\n');
  t.regex(head ?? '', /^name +size +crop +patch +parameters +licence +sha256 +weights$/);
  t.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    [...encoderNames],
  );
  t.regex(
    encoders(),
    /^sam2_hiera_tiny_16 +448 +448 +16 +26\.8 M +Apache-2\.0 +65b50056e05b +https:.*sam2_hiera_tiny\.pt$/m,
  );
});

test('all that is known of them comes as JSON', (t) => {
  const listed = JSON.parse(encoders('--json'));
  t.is(listed.length, encoderNames.length);
  t.like(listed[0], { name: 'dinov2reg_vit_small_14', licence: 'Apache-2.0', size: [448, 448], crop: [392, 392] });
  t.like(listed[0].config, { family: 'vit', dim: 384, registers: 4 });
  t.is(listed[0].weights.sha256.length, 64);
});
