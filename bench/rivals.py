"""PyTorch as a rival of ours, with the weights of a model file. Answers lines as answering.py says.

  eager-fp32      as it comes
  eager-bf16      under autocast
  compile-fp32    torch.compile with freezing, which packs the weights; without max-autotune
  compile-bf16    the same under autocast

  python3 rivals.py NAME MODEL.safetensors PIXELS SHAPE      (needs torch and numpy; compile-* a C++ compiler)
"""
import json
import os
import sys

import torch

from answering import answer_lines, read_pixels
from network import load_network


def make(name, model, shape):
    kind, precision = name.split("-")
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    network = load_network(model, shape)
    if kind == "compile":
        from torch._inductor import config

        config.freezing = True
        network = torch.compile(network, dynamic=False)

    @torch.no_grad()
    def score(pixels):
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            return network(torch.from_numpy(pixels))[0].float().numpy()

    return f"PyTorch {torch.__version__}", score


def main():
    name, model, pixels, shape = sys.argv[1:5]
    settings = json.loads(shape)
    answer_lines(read_pixels(pixels, settings["crop"]), lambda: make(name, model, settings))


main()
