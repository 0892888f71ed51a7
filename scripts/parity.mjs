// `npm run parity -- FOLDER [check]...`: holds the core against a folder of reference cases, whatever their sizes.
import { setUp } from './setup.mjs';
import { run, runMain } from './tools.mjs';

await runMain(async () => {
  await setUp();
  run('build/cmake/dinomaly_parity', process.argv.slice(2));
});
