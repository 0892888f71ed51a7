/** What `dinomaly doctor` makes of what it has seen: what does not work, what is slow and why, and the remedy. */
import type { EngineFacts, Facts } from './doctor-facts.js';
import type { ModelFacts } from './doctor-model.js';
import { gib } from './output.js';

/** `fault`: it does not work; `slow`: it could be faster; `note`: good to know. */
export interface Finding {
  readonly kind: 'fault' | 'slow' | 'note';
  readonly text: string;
}

/** A cause of slowness counts from this share on. */
const MUCH = 1.3;

/** A network of large products reaches more of what the machine does at best; below this something else takes the time. */
const FEW = 0.25;

/** A picture and a layer's products must be this large for that to be so. */
const LARGE_MACS = 5e9;

const cpuOnly = ({ device }: EngineFacts): boolean => device === 'cpu';

function graphics({ gpus, environment }: Facts, engine: EngineFacts): Finding[] {
  const { libtorch } = engine;
  const names = (gpus ?? []).map(({ name }) => name).join(', ');
  if (names !== '' && !libtorch.cuda) {
    const text = `There is a GPU (${names}), but libtorch ${libtorch.version} is the CPU build, so everything runs on the processor. Fetch the other one: npx dinomaly libtorch --cuda`;
    return [{ kind: 'slow', text }];
  }
  if (libtorch.cuda && cpuOnly(engine)) {
    const hidden = environment.CUDA_VISIBLE_DEVICES;
    const why =
      names === ''
        ? 'nvidia-smi lists no GPU: install the NVIDIA driver, or start the container with --gpus all'
        : hidden === undefined
          ? `the driver ${gpus?.[0]?.driver ?? ''} is probably older than CUDA 13 needs (580): update it`
          : `CUDA_VISIBLE_DEVICES is '${hidden}': unset it`;
    return [
      {
        kind: 'fault',
        text: `libtorch is the CUDA build but finds no GPU, so everything runs on the processor; ${why}`,
      },
    ];
  }
  if (!cpuOnly(engine) && !engine.cudaLibrary) {
    const text =
      'The addon was built without the CUDA build of libtorch, so each operator is launched by itself, and small batches are slower. Build it on this machine: npx dinomaly build';
    return [{ kind: 'slow', text }];
  }
  return [];
}

function threads({ processor, environment }: Facts, engine: EngineFacts): Finding[] {
  const { cores, quota } = processor;
  const usable = quota === null ? cores : Math.max(1, Math.min(cores, Math.ceil(quota)));
  const used = engine.fp32.threads;
  const set = environment.OMP_NUM_THREADS;
  const found: Finding[] = [];
  if (cpuOnly(engine) && used < usable) {
    const why = set === undefined ? '' : ` because OMP_NUM_THREADS is ${set}`;
    found.push({
      kind: 'slow',
      text: `libtorch uses ${used} of ${usable} cores${why}. Set OMP_NUM_THREADS=${usable} to use them all`,
    });
  }
  if (used > usable) {
    const text = `libtorch runs ${used} threads, but the container may use ${quota} processors, so threads wait for each other. Set OMP_NUM_THREADS=${usable}`;
    found.push({ kind: 'slow', text });
  }
  if (environment.OMP_WAIT_POLICY?.toLowerCase() === 'active') {
    const text =
      'OMP_WAIT_POLICY=active keeps waiting threads on their cores, which slows down decoding and other processes. Unset it';
    found.push({ kind: 'slow', text });
  }
  return found;
}

function machine({ processor, memory, versions }: Facts, engine: EngineFacts): Finding[] {
  const found: Finding[] = [];
  const { cores, load } = processor;
  if (load > 0.5 * cores) {
    const text = `Other processes are using about ${load.toFixed(1)} of ${cores} cores: all times here are longer than on an idle machine`;
    found.push({ kind: 'slow', text });
  }
  if (cpuOnly(engine) && process.arch === 'x64' && engine.fp32.instructions === 'DEFAULT') {
    found.push({
      kind: 'slow',
      text: 'The processor has no AVX2, so every operator is several times slower. Use a machine from after 2013, or let its virtual machine pass AVX2 on',
    });
  }
  const room = Math.min(memory.free, memory.limit ?? Number.POSITIVE_INFINITY);
  if (room < 2 ** 30) {
    found.push({
      kind: 'slow',
      text: `Only ${gib(room)} of memory are free: a ViT-B needs about 1 GiB to score and more to train`,
    });
  }
  if (versions.node?.startsWith('20.')) {
    found.push({ kind: 'note', text: `Node ${versions.node} gets no more updates: use Node 22 or 24` });
  }
  return found;
}

function model(engine: EngineFacts, timed: ModelFacts): Finding[] {
  const found: Finding[] = [];
  const { decodeMs, computeMs, otherMs, macs, precision, device } = timed;
  if (device === 'cpu' && engine.device !== 'cpu') {
    found.push({
      kind: 'slow',
      text: `The model runs on the processor although there is a GPU: leave --device away, or take --device cuda`,
    });
  }
  if (decodeMs !== null && decodeMs > computeMs) {
    const text = `Decoding a picture takes ${decodeMs.toFixed(0)} ms, the network ${computeMs.toFixed(0)} ms: save smaller pictures, or JPEG in place of PNG; a service with more than 4 cores decodes as many pictures at once as UV_THREADPOOL_SIZE says, 4 unless it is set`;
    found.push({ kind: 'slow', text });
  }
  const products = precision === 'bf16' ? engine.bf16.products : engine.fp32.products;
  const share = (2 * macs) / (computeMs / 1000) / products;
  if (device === engine.device && macs > LARGE_MACS && share < FEW) {
    const text = `The network runs at ${(100 * share).toFixed(0)} % of what this machine reaches in plain products: other processes, or few threads, take the rest`;
    found.push({ kind: 'slow', text });
  }
  if (otherMs !== null && otherMs * MUCH < computeMs) {
    const [other, times] = [precision === 'fp32' ? 'bf16' : 'fp32', (computeMs / otherMs).toFixed(1)];
    const cost = other === 'bf16' ? '; scores differ in the third digit, so calibrate again' : '';
    const text = `The network is ${times} times as fast in ${other} here: take --precision ${other} (precision: '${other}')${cost}`;
    found.push({ kind: 'slow', text });
  }
  return found;
}

/** What is at fault or slow, faults first. */
export function findingsOf(facts: Facts, timed: ModelFacts | null): Finding[] {
  const { engine, weights } = facts;
  if ('failure' in engine) {
    return [{ kind: 'fault', text: engine.failure }];
  }
  const found = [...graphics(facts, engine), ...threads(facts, engine), ...machine(facts, engine)];
  if (timed !== null) {
    found.push(...model(engine, timed));
  }
  if (timed === null && weights.files.length === 0) {
    found.push({
      kind: 'note',
      text: `No weights of encoders are in ${weights.folder}: 'dinomaly weights pull NAME' fetches those to train with`,
    });
  }
  const order = ['fault', 'slow', 'note'];
  return found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
