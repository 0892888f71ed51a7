"""The rival of training and of the GPU: Dinomaly in eager PyTorch, as the authors run it, with random weights.

Tells its torch, then answers each line of standard input with the seconds that one batch took, the device having
finished it:

  score BATCH PRECISION     from normalised pixels in host memory to maps and scores there; our own figure includes the resize
  network BATCH PRECISION   the same from pixels on the device to maps and scores on the device
  train BATCH               a training step with the encoder in it, fp32
  cached BATCH              a training step on features kept on the device, fp32

PRECISION is fp32 (IEEE, without TF32), bf16 (autocast) or compiled (torch.compile, bf16 weights). Training takes PyTorch's
fused AdamW, which is quicker than the authors' StableAdamW.

  python3 eager.py DEVICE DIM HEADS DEPTH PATCH REGISTERS CROP LAST_TARGET      (needs torch)
"""
import copy
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from network import Network

DEVICE = torch.device(sys.argv[1])
DIM, HEADS, DEPTH, PATCH, REGISTERS, CROP, LAST = map(int, sys.argv[2:9])
DECODER_DEPTH = 8
SHAPE = {
    "dim": DIM, "heads": HEADS, "patch": PATCH, "registers": REGISTERS, "crop": CROP, "decoderDepth": DECODER_DEPTH,
    "decoderHeads": HEADS, "targets": list(range(LAST + 1))[-DECODER_DEPTH:],
}


class Scoring:
    """The network in one precision."""

    def __init__(self, network, precision):
        self.autocast = torch.autocast(DEVICE.type, torch.bfloat16, enabled=precision == "bf16")
        self.type = torch.float32
        self.run = network.eval().of_images
        if precision == "compiled":
            self.type = torch.bfloat16
            mode = "reduce-overhead" if DEVICE.type == "cuda" else "default"
            self.run = torch.compile(copy.deepcopy(network).to(self.type).eval().of_images, mode=mode, dynamic=False)

    @torch.no_grad()
    def __call__(self, images):
        with self.autocast:
            return self.run(images.to(DEVICE, self.type))


class Training:
    def __init__(self):
        self.network = Network(SHAPE).to(DEVICE)
        self.optimiser = torch.optim.AdamW(self.network.trainable(), lr=1e-4, amsgrad=True, fused=True)
        self.features = {}

    def step(self, features):
        self.network.train()
        pairs = self.network.compare(features)
        loss = sum((1 - F.cosine_similarity(a.flatten(1), b.flatten(1))).mean() for a, b in pairs) / 2
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.trainable(), 0.1)
        self.optimiser.step()
        return loss.item()

    def encoding(self, images):
        self.network.eval()
        return self.step(self.network.encode(images.to(DEVICE)))

    def cached(self, images):
        if len(images) not in self.features:
            self.network.eval()
            self.features[len(images)] = self.network.encode(images.to(DEVICE))
        return self.step(self.features[len(images)])


def synchronise():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def timed(work):
    synchronise()
    start = time.perf_counter()
    work()
    synchronise()
    return time.perf_counter() - start


def main():
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    network = Network(SHAPE).to(DEVICE)
    training = Training()
    scoring, images = {}, {}
    print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        what, batch, *precision = line.split()
        host = images.setdefault(int(batch), torch.randn(int(batch), 3, CROP, CROP))
        if what in ("score", "network"):
            if precision[0] not in scoring:
                scoring[precision[0]] = Scoring(network, precision[0])
            score, pixels = scoring[precision[0]], host if what == "score" else host.to(DEVICE)
            work = (lambda: [part.float().cpu() for part in score(pixels)]) if what == "score" else (lambda: score(pixels))
        else:
            step = training.encoding if what == "train" else training.cached
            work = lambda: step(host)
        try:
            print(timed(work), flush=True)
        except Exception as error:  # the driver shows it in place of a time
            print(f"{type(error).__name__}: {str(error).splitlines()[0]}", flush=True)


main()
