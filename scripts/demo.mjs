// `npm run demo`: set-up, whose time is printed apart, then the pipeline on drawn parts.
import path from 'node:path';
import { setUp } from './setup.mjs';
import { dependencyBin, root, run, runMain } from './tools.mjs';

await runMain(async () => {
  await setUp();
  console.log('');
  run(dependencyBin('tsx'), [path.join(root, 'demo/run.ts')]);
});
