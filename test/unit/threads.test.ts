/** How long the threads of libtorch spin: set while it is loaded, and nowhere else. libgomp tells what it has read. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'ava';

const LOAD = path.join(__dirname, '../../dist/binding/load.js');
const PROGRAM = `require(${JSON.stringify(LOAD)}).binding(); console.log(JSON.stringify(process.env.GOMP_SPINCOUNT ?? null))`;

function load(choice: Readonly<Record<string, string>>): { spins: string | undefined; left: unknown } {
  const { GOMP_SPINCOUNT: _, OMP_WAIT_POLICY: __, ...inherited } = process.env;
  const env = { ...inherited, ...choice, OMP_DISPLAY_ENV: 'verbose' };
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', PROGRAM], { env, encoding: 'utf8' });
  return { spins: /GOMP_SPINCOUNT = '(\d+)'/.exec(stderr)?.[1], left: JSON.parse(stdout) };
}

test('threads spin briefly, and no child process inherits that', (t) => {
  t.deepEqual(load({}), { spins: '1000', left: null });
});

test("a user's own choice stands", (t) => {
  t.deepEqual(load({ GOMP_SPINCOUNT: '77' }), { spins: '77', left: '77' });
  t.deepEqual(load({ OMP_WAIT_POLICY: 'passive' }), { spins: '0', left: null });
});
