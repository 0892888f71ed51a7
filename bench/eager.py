"""The rival of our benchmarks: Dinomaly in eager PyTorch, as the authors run it, with random weights.

Prints its torch, then answers each line of standard input with the seconds that one batch took, the device having
finished it:

  score BATCH PRECISION     from normalised pixels in host memory to maps and scores there; our own figure includes the resize
  network BATCH PRECISION   the same from pixels on the device to maps and scores on the device
  train BATCH               a training step with the encoder in it, fp32
  cached BATCH              a training step on features kept on the device, fp32

PRECISION is fp32 (IEEE, without TF32), bf16 (autocast) or compiled (torch.compile, bf16 weights). Attention of the encoder
goes through scaled_dot_product_attention, the fastest that eager PyTorch has. Training takes PyTorch's fused AdamW, which is
quicker than the authors' StableAdamW.

  python3 eager.py DEVICE DIM HEADS DEPTH PATCH REGISTERS CROP LAST_TARGET      (needs torch)
"""
import copy
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

DEVICE = torch.device(sys.argv[1])
DIM, HEADS, DEPTH, PATCH, REGISTERS, CROP, LAST = map(int, sys.argv[2:9])
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
        # LayerScale, of DINOv2's blocks.
        self.scales = None if linear else nn.Parameter(torch.ones(2, DIM))

    def forward(self, x):
        if self.scales is None:
            x = x + self.attn(self.norm1(x))
            return x + self.mlp(self.norm2(x))
        x = x + self.attn(self.norm1(x)) * self.scales[0]
        return x + self.mlp(self.norm2(x)) * self.scales[1]


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

    @torch.no_grad()
    def encode(self, images):
        x = self.embed(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.prefix.expand(len(images), -1, -1).to(x), x], 1) + self.position
        features = []
        for block in self.encoder:
            x = block(x)
            features.append(x)
        return features[-DECODER_DEPTH:]

    def compare(self, features):
        x = self.bottleneck(torch.stack(features, 1).mean(1))
        outputs = []
        for block in self.decoder:
            x = block(x)
            outputs.insert(0, x)

        def groups(layers):
            halves = layers[: len(layers) // 2], layers[len(layers) // 2:]
            return [torch.stack(half, 1).mean(1)[:, 1 + REGISTERS:].transpose(1, 2).unflatten(2, (GRID, GRID)) for half in halves]

        return list(zip(groups(features), groups(outputs)))

    def forward(self, images):
        pairs = [(a.float(), b.float()) for a, b in self.compare(self.encode(images))]
        maps = [F.interpolate(1 - F.cosine_similarity(a, b)[:, None], size=CROP, mode="bilinear", align_corners=True) for a, b in pairs]
        maps = F.interpolate(torch.cat(maps, 1).mean(1, keepdim=True), size=256, mode="bilinear")
        maps = F.conv2d(maps, torch.full((1, 1, 5, 5), 1 / 25, device=maps.device), padding=2)
        return maps, maps.flatten(1).sort(1, descending=True)[0][:, :655].mean(1)


class Scoring:
    """The network in one precision."""

    def __init__(self, network, precision):
        self.autocast = torch.autocast(DEVICE.type, torch.bfloat16, enabled=precision == "bf16")
        self.type = torch.float32
        self.run = network.eval()
        if precision == "compiled":
            self.type = torch.bfloat16
            mode = "reduce-overhead" if DEVICE.type == "cuda" else "default"
            self.run = torch.compile(copy.deepcopy(network).to(self.type).eval(), mode=mode, dynamic=False)

    @torch.no_grad()
    def __call__(self, images):
        with self.autocast:
            return self.run(images.to(DEVICE, self.type))


class Training:
    def __init__(self):
        self.network = Network().to(DEVICE)
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
    network = Network().to(DEVICE)
    training = Training()
    scoring, images = {}, {}
    print(f"PyTorch {torch.__version__}", flush=True)
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
