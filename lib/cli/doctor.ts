/** `dinomaly doctor`: what runs here, whether it works, what is slow and why. */
import type { Model, Precision } from '../index.js';
import { type EngineFacts, type Facts, readFacts } from './doctor-facts.js';
import { type Finding, findingsOf } from './doctor-findings.js';
import { type ModelFacts, timeModel } from './doctor-model.js';
import { listPictures, OutputFolders } from './inputs.js';
import { type LoadArguments, loadModel, modelFile } from './load.js';
import { EXIT, gib, note, print, printJson, printText } from './output.js';

/** Options of `dinomaly doctor`, as commander parses them. */
export interface DoctorArguments extends Omit<LoadArguments, 'model'> {
  readonly json?: boolean;
}

const speed = (operations: number): string =>
  operations < 1e12 ? `${(operations / 1e9).toFixed(0)} GFLOP/s` : `${(operations / 1e12).toFixed(1)} TFLOP/s`;

function engineLines(engine: EngineFacts): [string, string][] {
  const { addon, libtorch, device, fp32, bf16 } = engine;
  const where = device === 'cpu' ? `the processor, ${fp32.threads} threads, ${fp32.instructions}` : device;
  return [
    ['addon', addon],
    ['libtorch', `${libtorch.version}, ${libtorch.cuda ? 'CUDA' : 'CPU'} build, ${libtorch.root}`],
    ['device', where],
    ['products', `${speed(fp32.products)} in fp32, ${speed(bf16.products)} in bf16`],
  ];
}

function factLines({ versions, processor, memory, environment, gpus, engine, weights }: Facts): [string, string][] {
  const quota = processor.quota === null ? '' : `, of which the container may use ${processor.quota}`;
  const limit = memory.limit === null ? '' : `, ${gib(memory.limit)} for this container`;
  const cards = gpus?.map(({ name, memory: size, driver }) => `${name}, ${size}, driver ${driver}`);
  return [
    [
      'versions',
      Object.entries(versions)
        .map((pair) => pair.join(' '))
        .join(', '),
    ],
    ['processor', `${processor.model}, ${processor.cores} cores${quota}`],
    ['memory', `${gib(memory.total)}, ${gib(memory.free)} free${limit}`],
    ['GPU', cards === undefined ? 'no NVIDIA driver' : cards.join('; ') || 'none'],
    ...('failure' in engine ? [] : engineLines(engine)),
    [
      'weights',
      weights.files.length === 0 ? `none in ${weights.folder}` : `${weights.folder}: ${weights.files.join(', ')}`,
    ],
    ...Object.entries(environment).map(([name, value]): [string, string] => ['set', `${name}=${value}`]),
  ];
}

function modelLines(timed: ModelFacts): [string, string][] {
  const { file, encoder, crop, device, precision, macs, decodeMs, computeMs, pictures } = timed;
  const decoding = decodeMs === null ? '' : `decoding ${decodeMs.toFixed(1)} ms, `;
  const rate = speed((2 * macs) / (computeMs / 1000));
  return [
    [
      'model',
      `${file}: ${encoder} at ${crop.join(' x ')}, ${precision} on ${device}, ${(macs / 1e9).toFixed(1)} GMAC per picture`,
    ],
    ['picture', `${decoding}network ${computeMs.toFixed(1)} ms = ${rate} (median of ${pictures}, one at a time)`],
  ];
}

const MARKS = { fault: 'FAULT', slow: 'SLOW ', note: 'note ' } as const;

function tell(lines: readonly [string, string][], findings: readonly Finding[]): void {
  for (const [name, text] of lines) {
    print(`${name.padEnd(10)}${text}`);
  }
  print('');
  for (const { kind, text } of findings) {
    // What cannot run is told in several lines.
    printText(`${MARKS[kind]} ${text}`.replaceAll('\n', '\n      '));
  }
  if (findings.every(({ kind }) => kind === 'note')) {
    print('All works, and nothing here is slower than it has to be.');
  }
}

async function timed(
  args: readonly string[],
  given: DoctorArguments,
  fail: (message: string) => never,
): Promise<ModelFacts | null> {
  const [named, ...rest] = args;
  if (named === undefined) {
    return null;
  }
  const pictures = await listPictures(rest, await OutputFolders.of([]));
  note('timing the model, for some seconds');
  const file = await modelFile(named);
  const load = (precision?: Precision): Promise<Model> =>
    loadModel({ ...given, model: file, ...(precision === undefined ? {} : { precision }) }, fail);
  return timeModel(file, load, pictures, given.precision !== undefined);
}

/**
 * Looks at the machine, and at a model where one is named, and says what is at fault or slow.
 *
 * @returns the exit code: 1 when something does not work
 */
export async function doctorCommand(
  args: readonly string[],
  given: DoctorArguments,
  fail: (message: string) => never,
): Promise<number> {
  const facts = await readFacts();
  const model = 'failure' in facts.engine ? null : await timed(args, given, fail);
  const findings = findingsOf(facts, model);
  if (given.json === true) {
    printJson({ ...facts, model, findings }, 2);
  } else {
    tell([...factLines(facts), ...(model === null ? [] : modelLines(model))], findings);
  }
  return findings.some(({ kind }) => kind === 'fault') ? EXIT.failure : EXIT.ok;
}
