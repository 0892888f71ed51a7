/**
 * The wheels that hold the pinned libtorch, as PyTorch and NVIDIA publish them: addresses, sizes and SHA-256. What comes from
 * elsewhere, or was changed, is not unpacked. CUDA's are those that the torch wheel names and libtorch links.
 */
import { LIBTORCH_CUDA_TAG, LIBTORCH_PIN } from './version.js';

/** One file to fetch. */
export interface Wheel {
  readonly name: string;
  readonly url: string;
  /** Null where only the server tells. */
  readonly bytes: number | null;
  readonly sha256: string;
}

type Platform = 'linux-x64' | 'linux-arm64';

const PYTORCH = 'https://download.pytorch.org/whl';
const NVIDIA = 'https://pypi.nvidia.com';

function torch(kind: string, tags: string, bytes: number | null, sha256: string): Wheel {
  const name = `torch-${LIBTORCH_PIN}+${kind}-${tags}.whl`;
  return { name, url: `${PYTORCH}/${kind}/${encodeURIComponent(name)}`, bytes, sha256 };
}

function nvidia(project: string, rest: string, bytes: number, sha256: string): Wheel {
  const name = `${project.replaceAll('-', '_')}-${rest}.whl`;
  return { name, url: `${NVIDIA}/${project}/${name}`, bytes, sha256 };
}

const CPU: Readonly<Record<Platform, Wheel>> = {
  'linux-x64': torch(
    'cpu',
    'cp311-cp311-manylinux_2_28_x86_64',
    191794682,
    '6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b',
  ),
  'linux-arm64': torch(
    'cpu',
    'cp311-cp311-manylinux_2_28_aarch64',
    null,
    '84453b69508ec79902f899c5ed9495acb9e2bbe9fda5f1d5d6f19e3c3842e1a7',
  ),
};

const MANY_2014 = 'py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64';
const MANY_2010 = 'py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64';
const MANY_2_27 = 'py3-none-manylinux_2_27_x86_64';

const CUDA: readonly Wheel[] = [
  torch(
    LIBTORCH_CUDA_TAG,
    'cp312-cp312-manylinux_2_28_x86_64',
    526482318,
    '8db7338e6895c3d4bd89a02ff4209507d1f0cf2ffeb3b898538b5a07d1ea8c1e',
  ),
  nvidia(
    'nvidia-cublas',
    `13.1.1.3-${MANY_2_27}`,
    423138758,
    '37936a16db8fe4ac1f065c2139360608a543a09275cb1a1af612e08cfa065436',
  ),
  // Headers that those of the runtime include: what is compiled against CUDA needs them, libtorch itself does not.
  nvidia(
    'nvidia-cuda-crt',
    `13.0.88-${MANY_2014}`,
    134086,
    '2c8043c7c9e02492716426e9919fc78d2c5b3b2a7a768a88e952676b08aa55a4',
  ),
  nvidia(
    'nvidia-cuda-cupti',
    '13.0.85-py3-none-manylinux_2_25_x86_64',
    10715597,
    '4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8',
  ),
  nvidia(
    'nvidia-cuda-nvrtc',
    `13.0.88-${MANY_2010}`,
    90215200,
    'ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575',
  ),
  nvidia(
    'nvidia-cuda-runtime',
    `13.0.96-${MANY_2014}`,
    2243632,
    '7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548',
  ),
  nvidia(
    'nvidia-cudnn-cu13',
    `9.20.0.48-${MANY_2_27}`,
    366173588,
    '0c45dd8eeb50b603f07995b1b300c62ffe6a1980482b82b3bcf94a4ca9d49304',
  ),
  nvidia(
    'nvidia-cufft',
    `12.0.0.61-${MANY_2014}`,
    214085489,
    '6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3',
  ),
  nvidia(
    'nvidia-cufile',
    `1.15.1.6-${MANY_2014}`,
    1223672,
    '08a3ecefae5a01c7f5117351c64f17c7c62efa5fffdbe24fc7d298da19cd0b44',
  ),
  nvidia(
    'nvidia-curand',
    `10.4.0.35-${MANY_2_27}`,
    59544258,
    '1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc',
  ),
  nvidia(
    'nvidia-cusolver',
    `12.0.4.66-${MANY_2_27}`,
    200941980,
    '0a759da5dea5c0ea10fd307de75cdeb59e7ea4fcb8add0924859b944babf1112',
  ),
  nvidia(
    'nvidia-cusparse',
    `12.6.3.3-${MANY_2014}`,
    145942937,
    '2b3c89c88d01ee0e477cb7f82ef60a11a4bcd57b6b87c33f789350b59759360b',
  ),
  nvidia(
    'nvidia-cusparselt-cu13',
    '0.8.1-py3-none-manylinux2014_x86_64',
    170148586,
    '786ce87568c303fadb5afcc7102d454cd3040d75f6f8626f5db460d1871f4dd0',
  ),
  nvidia(
    'nvidia-nccl-cu13',
    '2.29.7-py3-none-manylinux_2_18_x86_64',
    205976000,
    'edd81538446786ec3b73972543e53bb43bcaf0bfc8ef76cb679fcc390ffe136d',
  ),
  nvidia(
    'nvidia-nvjitlink',
    `13.4.92-${MANY_2010}`,
    42452378,
    'e0391f24ed94ec879b84e3da4d4ec320c879aff681f2c7a638462f7199284323',
  ),
  nvidia(
    'nvidia-nvshmem-cu13',
    `3.4.5-${MANY_2014}`,
    60412546,
    '290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80',
  ),
];

/** The wheels of the pinned version for a platform, the torch wheel first; undefined where none are known. */
export function lockedWheels(
  cuda: boolean,
  platform = `${process.platform}-${process.arch}`,
): readonly Wheel[] | undefined {
  if (cuda) {
    return platform === 'linux-x64' ? CUDA : undefined;
  }
  const wheel: Wheel | undefined = CPU[platform as Platform];
  return wheel === undefined ? undefined : [wheel];
}
