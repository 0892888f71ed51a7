// Fills prebuilds/ for this platform with what the published package carries, and tries it as an installed package
// would find it: without build/. The working build is set aside meanwhile.
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { dependencyBin, root, run, runMain } from './tools.mjs';

const build = path.join(root, 'build');
const aside = path.join(root, 'build.aside');

function prebuildify() {
  // node-gyp fetches Node's headers unless it is told where they are.
  const prefix = path.resolve(process.execPath, '../..');
  const headers = existsSync(path.join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
  const target = ['-t', process.versions.node, '--napi', '--strip', '--tag-libc'];
  run(dependencyBin('prebuildify'), target, { env: { ...process.env, ...headers, DINOMALY_TESTS: 'OFF' } });
}

await runMain(() => {
  rmSync(aside, { recursive: true, force: true });
  if (existsSync(build)) renameSync(build, aside);
  try {
    rmSync(path.join(root, `prebuilds/${process.platform}-${process.arch}`), { recursive: true, force: true });
    prebuildify();
    rmSync(build, { recursive: true, force: true });
    run(process.execPath, ['scripts/try-binary.mjs']);
  } finally {
    rmSync(build, { recursive: true, force: true });
    if (existsSync(aside)) renameSync(aside, build);
  }
});
