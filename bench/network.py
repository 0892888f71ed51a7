"""Dinomaly in PyTorch, whole: the network of the rivals. A plain ViT with LayerScale, linear attention, two groups.

Attention of the encoder goes through scaled_dot_product_attention, the fastest that PyTorch has. Names are those of the model
file, so that a rival runs the very weights that ours runs.
"""
import json
import math
import struct

import torch
import torch.nn as nn
import torch.nn.functional as F

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MAP_SIDE = 256
HOTTEST = MAP_SIDE * MAP_SIDE // 100


class Attention(nn.Module):
    def __init__(self, dim, heads, linear):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.heads, self.linear = heads, linear

    def forward(self, x):
        batch, tokens, dim = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        if self.linear:
            q, k = F.elu(q) + 1, F.elu(k) + 1
            out = (q @ (k.transpose(-2, -1) @ v)) / (q @ k.sum(-2).unsqueeze(-1))
        else:
            out = F.scaled_dot_product_attention(q, k, v)
        return self.proj(out.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, dim, drop=0.0):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.drop = nn.Dropout(drop)

    def forward(self, x):
        return self.drop(self.fc2(self.drop(F.gelu(self.fc1(self.drop(x))))))


class LayerScale(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return x * self.gamma


class Block(nn.Module):
    def __init__(self, dim, heads, linear, eps):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps), nn.LayerNorm(dim, eps)
        self.attn, self.mlp = Attention(dim, heads, linear), Mlp(dim)
        self.ls1, self.ls2 = (nn.Identity(), nn.Identity()) if linear else (LayerScale(dim), LayerScale(dim))

    def forward(self, x):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class Encoder(nn.Module):
    """As far as the last target."""

    def __init__(self, dim, heads, patch, registers, grid, targets):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, dim, patch, patch)
        self.cls_token = nn.Parameter(torch.randn(1, 1, dim) * 0.02)
        self.register_tokens = nn.Parameter(torch.randn(1, registers, dim) * 0.02)
        self.pos_embed = nn.Parameter(torch.randn(1, 1 + grid * grid, dim) * 0.02)  # of this grid, not of the file's
        self.blocks = nn.ModuleList(Block(dim, heads, False, 1e-6) for _ in range(targets[-1] + 1))
        self.targets = targets

    def forward(self, images):
        x = self.patch_embed(images).flatten(2).transpose(1, 2) + self.pos_embed[:, 1:]
        prefix = torch.cat([self.cls_token + self.pos_embed[:, :1], self.register_tokens], 1)
        x = torch.cat([prefix.expand(images.shape[0], -1, -1).to(x.dtype), x], 1)
        features = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self.targets:
                features.append(x)
        return features


def gaussian(size=5, sigma=4.0):
    line = torch.exp(-((torch.arange(size) - size // 2) ** 2) / (2 * sigma * sigma))
    return (torch.outer(line, line) / line.sum() ** 2)[None, None]


class Network(nn.Module):
    """Settings: dim, heads, patch, registers, crop (pixels), targets, decoderDepth, decoderHeads."""

    def __init__(self, shape):
        super().__init__()
        dim, self.patch, self.crop = shape["dim"], shape["patch"], shape["crop"]
        self.grid, self.prefix = self.crop // self.patch, 1 + shape["registers"]
        self.encoder = Encoder(dim, shape["heads"], self.patch, shape["registers"], self.grid, shape["targets"])
        self.bottleneck = nn.ModuleList([Mlp(dim, 0.2)])
        self.decoder = nn.ModuleList(Block(dim, shape["decoderHeads"], True, 1e-8) for _ in range(shape["decoderDepth"]))
        for name, value in (("mean", torch.tensor(MEAN)), ("deviation", torch.tensor(DEVIATION)), ("blur", gaussian())):
            self.register_buffer(name, value, persistent=False)

    def trainable(self):
        return [*self.bottleneck.parameters(), *self.decoder.parameters()]

    @torch.no_grad()
    def encode(self, images):
        return self.encoder(images)

    def compare(self, features):
        """Groups of encoder and decoder, each [B, C, h, w]."""
        x = self.bottleneck[0](torch.stack(features, 1).mean(1))
        outputs = []
        for block in self.decoder:
            x = block(x)
            outputs.insert(0, x)

        def groups(layers):
            halves = layers[: len(layers) // 2], layers[len(layers) // 2:]
            means = [torch.stack(half, 1).mean(1)[:, self.prefix:] for half in halves]
            return [mean.transpose(1, 2).unflatten(2, (self.grid, self.grid)) for mean in means]

        return list(zip(groups(features), groups(outputs)))

    def of_images(self, images):
        """images [B, 3, H, W], normalised -> maps [B, 256, 256] and scores [B]."""
        pairs = [(a.float(), b.float()) for a, b in self.compare(self.encoder(images))]
        maps = [F.interpolate(1 - F.cosine_similarity(a, b)[:, None], size=self.crop, mode="bilinear", align_corners=True)
                for a, b in pairs]
        maps = F.interpolate(torch.cat(maps, 1).mean(1, keepdim=True), size=MAP_SIDE, mode="bilinear")
        maps = F.conv2d(maps, self.blur.to(maps.dtype), padding=2)
        return maps[:, 0], maps.flatten(1).topk(HOTTEST)[0].mean(1)

    def forward(self, pixels):
        """pixels uint8 [B, H, W, 3] -> maps and scores."""
        return self.of_images(((pixels.float() / 255 - self.mean) / self.deviation).permute(0, 3, 1, 2).contiguous())


def read_safetensors(file):
    with open(file, "rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
        data = bytearray(stream.read())
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        found[name] = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin).reshape(entry["shape"])
    return found


def positions(table, grid):
    """The table of the file for another grid, resized as the authors do."""
    side = math.isqrt(table.shape[1] - 1)
    square = table[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    scale = (grid + 0.1) / side
    resized = square if grid == side else F.interpolate(square, scale_factor=(scale, scale), mode="bicubic")
    return torch.cat([table[:, :1], resized.permute(0, 2, 3, 1).flatten(1, 2)], 1)


def load_network(file, shape):
    """The network with the weights of a model file, for scoring."""
    network = Network(shape)
    tensors = {name.replace("patch_embed.proj", "patch_embed"): tensor for name, tensor in read_safetensors(file).items()}
    tensors["encoder.pos_embed"] = positions(tensors["encoder.pos_embed"], network.grid)
    tensors.setdefault("encoder.register_tokens", torch.empty(1, 0, shape["dim"]))
    own = network.state_dict().keys()
    network.load_state_dict({name: tensors[name] for name in own})
    return network.eval().requires_grad_(False)
