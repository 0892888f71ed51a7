"""The rival of bench/throughput.ts: Dinomaly in eager PyTorch fp32, as the authors run it, with random weights.

Answers each line of standard input, `score` or `train`, with the seconds that one batch took. Starts from pixels that are
already resized and normalised, which the package's own figure includes. Attention of the encoder goes through
scaled_dot_product_attention, the fastest that eager PyTorch has.

  python3 eager.py DIM HEADS DEPTH PATCH REGISTERS CROP BATCH LAST_TARGET      (needs torch)
"""
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

DIM, HEADS, DEPTH, PATCH, REGISTERS, CROP, BATCH, LAST = map(int, sys.argv[1:9])
DECODER_DEPTH = 8
GRID = CROP // PATCH


class Attention(nn.Module):
    def __init__(self, linear):
        super().__init__()
        self.qkv = nn.Linear(DIM, 3 * DIM)
        self.proj = nn.Linear(DIM, DIM)
        self.linear = linear

    def forward(self, x):
        batch, tokens, _ = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        if self.linear:
            q, k = F.elu(q) + 1, F.elu(k) + 1
            out = (q @ (k.transpose(-2, -1) @ v)) / (q @ k.sum(-2).unsqueeze(-1))
        else:
            out = F.scaled_dot_product_attention(q, k, v)
        return self.proj(out.transpose(1, 2).flatten(2))


def mlp(drop=0.0):
    return nn.Sequential(nn.Dropout(drop), nn.Linear(DIM, 4 * DIM), nn.GELU(), nn.Dropout(drop),
                         nn.Linear(4 * DIM, DIM), nn.Dropout(drop))


class Block(nn.Module):
    def __init__(self, linear):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.attn, self.mlp = Attention(linear), mlp()

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Conv2d(3, DIM, PATCH, PATCH)
        self.position = nn.Parameter(torch.randn(1, 1 + REGISTERS + GRID * GRID, DIM) * 0.02)
        self.prefix = nn.Parameter(torch.randn(1, 1 + REGISTERS, DIM) * 0.02)
        self.encoder = nn.ModuleList(Block(False) for _ in range(LAST + 1))
        self.bottleneck = mlp(0.2)
        self.decoder = nn.ModuleList(Block(True) for _ in range(DECODER_DEPTH))

    def trainable(self):
        return [*self.bottleneck.parameters(), *self.decoder.parameters()]

    def forward(self, images):
        with torch.no_grad():
            x = self.embed(images).flatten(2).transpose(1, 2)
            x = torch.cat([self.prefix.expand(len(images), -1, -1), x], 1) + self.position
            features = []
            for block in self.encoder:
                x = block(x)
                features.append(x)
            features = features[-DECODER_DEPTH:]
        x = self.bottleneck(torch.stack(features, 1).mean(1))
        outputs = []
        for block in self.decoder:
            x = block(x)
            outputs.insert(0, x)

        def groups(layers):
            halves = layers[: len(layers) // 2], layers[len(layers) // 2:]
            return [torch.stack(half, 1).mean(1)[:, 1 + REGISTERS:].transpose(1, 2).unflatten(2, (GRID, GRID)) for half in halves]

        return groups(features), groups(outputs)


def score(network, images):
    with torch.no_grad():
        pairs = zip(*network(images))
        maps = [F.interpolate(1 - F.cosine_similarity(a, b)[:, None], size=CROP, mode="bilinear", align_corners=True) for a, b in pairs]
        maps = F.interpolate(torch.cat(maps, 1).mean(1, keepdim=True), size=256, mode="bilinear")
        maps = F.conv2d(maps, torch.full((1, 1, 5, 5), 1 / 25), padding=2)
        return maps.flatten(1).sort(1, descending=True)[0][:, :655].mean(1)


def train(network, optimiser, images):
    loss = sum((1 - F.cosine_similarity(a.flatten(1), b.flatten(1))).mean() for a, b in zip(*network(images))) / 2
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.trainable(), 0.1)
    optimiser.step()


def main():
    torch.manual_seed(1)
    network = Network()
    optimiser = torch.optim.AdamW(network.trainable(), lr=1e-4, amsgrad=True)
    images = torch.randn(BATCH, 3, CROP, CROP)
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        network.train(line.strip() == "train")
        start = time.perf_counter()
        train(network, optimiser, images) if line.strip() == "train" else score(network, images)
        print(time.perf_counter() - start, flush=True)


main()
