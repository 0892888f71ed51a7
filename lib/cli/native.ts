/** `dinomaly libtorch` and `dinomaly build`: what runs beneath the package. */
import type { Command } from 'commander';

/** Adds the commands that bring libtorch and the addon. */
export function addNative(program: Command): void {
  program
    .command('libtorch')
    .description('fetch libtorch into the cache and print its folder')
    .option('--cuda', 'the CUDA build')
    .action(async (given: { cuda?: boolean }) => {
      const { libtorchCommand } = await import('../libtorch/index.js');
      await libtorchCommand(given);
    });
  program
    .command('build')
    .description(
      'build the native addon for the libtorch of this machine, where no published one serves, and print its folder',
    )
    .action(async () => {
      const { buildAddon } = await import('../binding/build.js');
      process.stdout.write(`${await buildAddon()}\n`);
    });
}
