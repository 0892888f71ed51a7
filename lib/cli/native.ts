/** `dinomaly libtorch`, `dinomaly build` and `dinomaly doctor`: what runs beneath the package. */
import { type Command, Option } from 'commander';
import { describeUse, type Use } from './help.js';
import { isQuiet } from './level.js';
import { loadOptions } from './model-options.js';
import { note, print } from './output.js';

/** Options of `dinomaly libtorch`, as commander parses them. */
interface LibtorchArguments {
  readonly cuda?: boolean;
  readonly from?: string;
  readonly pip?: boolean;
  readonly dryRun?: boolean;
}

const log = (line: string): void => note(`libtorch: ${line}`);

async function libtorch({ cuda = false, from, pip, dryRun }: LibtorchArguments): Promise<void> {
  const { fetchLibtorch, LIBTORCH_PIN } = await import('../libtorch/index.js');
  if (dryRun) {
    const { describeWheels, wheelsOf } = await import('../libtorch/wheels.js');
    const wheels = wheelsOf({ cuda, version: LIBTORCH_PIN });
    for (const { url, bytes, sha256 } of wheels) {
      print(url);
      print(`  ${bytes === null ? '' : `${bytes} bytes, `}sha256 ${sha256}`);
    }
    print(`${describeWheels(wheels)}; nothing was fetched`);
    return;
  }
  const { root } = await fetchLibtorch({
    cuda,
    log,
    ...(from === undefined ? {} : { from }),
    ...(pip ? { by: 'pip' } : {}),
  });
  print(root);
}

const DOCTOR: Use = {
  examples: ['dinomaly doctor', 'dinomaly doctor line1/ part.png', 'dinomaly doctor --json'],
  exits: { ok: 'all works', failure: 'something does not work' },
};

function addDoctor(program: Command, run: (code: number) => void): void {
  const command = program
    .command('doctor')
    .description('say what runs here, whether it works, what is slow and why; with a model, how fast it scores')
    .argument('[model]', 'model file, or the folder that inspect made')
    .argument(
      '[picture...]',
      'pictures to score: files, folders, patterns (default: none, so that decoding is not timed)',
    )
    .option('--json', 'all of it as JSON');
  describeUse(loadOptions(command), DOCTOR).action(async (first: string | undefined, rest: string[], given) => {
    const { doctorCommand } = await import('./doctor.js');
    const args = first === undefined ? [] : [first, ...rest];
    run(await doctorCommand(args, given, (message) => command.error(`error: ${message}`)));
  });
}

/** Adds the commands that bring libtorch and the addon, and the one that looks at them; `run` takes an exit code. */
export function addNative(program: Command, run: (code: number) => void): void {
  addDoctor(program, run);
  const fetching = program
    .command('libtorch')
    .description('fetch libtorch into the cache and print its folder')
    .option('--cuda', 'the CUDA build, in place of the CPU build')
    .option('--from <folder>', 'unpack the wheels of this folder, and download nothing')
    .addOption(new Option('--pip', 'by pip alone, from the index that it is configured with').conflicts('from'))
    .option('--dry-run', 'name the files, their sizes and their SHA-256, and fetch nothing')
    .action(libtorch);
  describeUse(fetching, {
    examples: ['dinomaly libtorch --cuda --dry-run', 'dinomaly libtorch --cuda', 'dinomaly libtorch --from wheels/'],
  });
  const building = program
    .command('build')
    .description(
      'build the native addon for the libtorch of this machine, where no published one serves, and print its folder',
    );
  describeUse(building, { examples: ['dinomaly build', 'DINOMALY_LIBTORCH=/opt/libtorch dinomaly build'] }).action(
    async () => {
      const { buildAddon } = await import('../binding/build.js');
      print(await buildAddon({ quiet: isQuiet(), log }));
    },
  );
}
