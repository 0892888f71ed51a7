/** What `dinomaly doctor` makes of what it sees. */
import test from 'ava';
import { type Facts, parseGpus, parseQuota } from '../../lib/cli/doctor-facts.js';
import { type Finding, findingsOf } from '../../lib/cli/doctor-findings.js';
import type { ModelFacts } from '../../lib/cli/doctor-model.js';

const machine = { threads: 8, instructions: 'AVX512', products: 1e12 };

const engine = {
  addon: '/a/loader.node',
  libtorch: { version: '2.13.0', root: '/t', cuda: false },
  cudaLibrary: false,
  device: 'cpu',
  fp32: machine,
  bf16: machine,
} as const;

const cudaBuild = { ...engine, libtorch: { ...engine.libtorch, cuda: true } } as const;
const cuda = { ...cudaBuild, device: 'cuda', cudaLibrary: true } as const;

const sound: Facts = {
  versions: { dinomaly: '0.1.0', node: '24.11.0' },
  processor: { model: 'a processor', cores: 8, quota: null, load: 0.1 },
  memory: { total: 16e9, free: 8e9, limit: null },
  environment: {},
  gpus: null,
  engine,
  weights: { folder: '/w', files: ['dinov2reg_vit_base_14.pth'] },
};

const timed: ModelFacts = {
  file: 'm.safetensors',
  encoder: 'dinov2reg_vit_base_14',
  crop: [392, 392],
  device: 'cpu',
  precision: 'fp32',
  macs: 100e9,
  decodeMs: 10,
  computeMs: 300,
  otherMs: 290,
  pictures: 20,
};

const gpu = { name: 'NVIDIA L4', memory: '23034 MiB', driver: '580.65' };

test('a sound machine has no findings', (t) => {
  t.deepEqual(findingsOf(sound, null), []);
  t.deepEqual(findingsOf(sound, timed), []);
});

const CASES: readonly (readonly [what: string, facts: Partial<Facts>, kind: Finding['kind'], text: RegExp])[] = [
  ['an addon that cannot be opened', { engine: { failure: 'LIBTORCH_MISSING nothing' } }, 'fault', /LIBTORCH_MISSING/],
  ['a GPU beside a CPU build', { gpus: [gpu] }, 'slow', /NVIDIA L4.*npx dinomaly libtorch --cuda/],
  ['a CUDA build that the driver is too old for', { gpus: [gpu], engine: cudaBuild }, 'fault', /driver 580\.65/],
  [
    'an addon on a GPU that was built without CUDA',
    { gpus: [gpu], engine: { ...cuda, cudaLibrary: false } },
    'slow',
    /small batches are slower.*npx dinomaly build/,
  ],
  [
    'a GPU that is hidden',
    {
      gpus: [gpu],
      engine: cudaBuild,
      environment: { CUDA_VISIBLE_DEVICES: '' },
    },
    'fault',
    /CUDA_VISIBLE_DEVICES is ''/,
  ],
  ['a CUDA build without a driver', { engine: cudaBuild }, 'fault', /--gpus all/],
  [
    'fewer threads than cores',
    { engine: { ...engine, fp32: { ...machine, threads: 1 } }, environment: { OMP_NUM_THREADS: '1' } },
    'slow',
    /1 of 8 cores because OMP_NUM_THREADS is 1\. Set OMP_NUM_THREADS=8/,
  ],
  [
    'more threads than the container may use',
    { processor: { ...sound.processor, quota: 1.5 } },
    'slow',
    /8 threads.*1\.5 processors.*OMP_NUM_THREADS=2/,
  ],
  ['threads that wait busily', { environment: { OMP_WAIT_POLICY: 'ACTIVE' } }, 'slow', /OMP_WAIT_POLICY/],
  ['a busy machine', { processor: { ...sound.processor, load: 6 } }, 'slow', /6\.0 of 8 cores/],
  ['little memory', { memory: { total: 16e9, free: 5e8, limit: null } }, 'slow', /0\.5 GiB/],
  ['a small container', { memory: { total: 16e9, free: 8e9, limit: 5e8 } }, 'slow', /0\.5 GiB/],
  ['an old Node', { versions: { node: '20.19.0' } }, 'note', /Node 20\.19\.0/],
  ['no weights', { weights: { folder: '/w', files: [] } }, 'note', /dinomaly weights pull/],
];

for (const [what, facts, kind, text] of CASES) {
  test(`${what}: ${kind}, with what to do`, (t) => {
    const found = findingsOf({ ...sound, ...facts }, null);
    t.is(found.length, 1, JSON.stringify(found));
    t.is(found[0]?.kind, kind);
    t.regex(found[0]?.text ?? '', text);
  });
}

const MODELS: readonly (readonly [what: string, times: Partial<ModelFacts>, facts: Partial<Facts>, text: RegExp])[] = [
  ['decoding that takes longer than the network', { decodeMs: 400 }, {}, /400 ms.*300 ms.*UV_THREADPOOL_SIZE/],
  ['a network far below the products of the machine', { computeMs: 2000, otherMs: 2000 }, {}, /10 %/],
  ['a precision that is faster', { otherMs: 150 }, {}, /2\.0 times as fast in bf16/],
  ['bf16 where fp32 is faster', { precision: 'bf16', otherMs: 100 }, {}, /3\.0 times as fast in fp32/],
  ['a model on the processor beside a GPU', {}, { engine: cuda, gpus: [gpu] }, /--device cuda/],
];

for (const [what, times, facts, text] of MODELS) {
  test(`${what} is slow, with what to do`, (t) => {
    const found = findingsOf({ ...sound, ...facts }, { ...timed, ...times });
    t.deepEqual(
      found.map(({ kind }) => kind),
      ['slow'],
      JSON.stringify(found),
    );
    t.regex(found[0]?.text ?? '', text);
  });
}

test('faults come first', (t) => {
  const facts = {
    ...sound,
    versions: { node: '20.19.0' },
    gpus: [gpu],
    engine: { ...engine, ...cuda, device: 'cpu' },
  } as const;
  t.deepEqual(
    findingsOf({ ...facts, environment: { OMP_WAIT_POLICY: 'active' } }, null).map(({ kind }) => kind),
    ['fault', 'slow', 'note'],
  );
});

test('the limit of a container is read as Linux writes it', (t) => {
  t.is(parseQuota('max 100000\n'), null);
  t.is(parseQuota('150000 100000\n'), 1.5);
  t.is(parseQuota(''), null);
});

test('the GPUs are read as nvidia-smi writes them', (t) => {
  t.deepEqual(parseGpus('NVIDIA L4, 23034 MiB, 580.65\n'), [gpu]);
  t.deepEqual(parseGpus('No devices were found\n'), []);
});
