"""Makes Fixtures/optimizers.safetensors: 20 steps of bitsandbytes' AdamW8bit and of torch's AdamW on made-up gradients.

    python make_optimizers.py

Needs torch, safetensors and bitsandbytes (written with 2.15, 0.7 and 0.50.2). On a processor bitsandbytes looks codes up
among 2^16 evenly spaced numbers, too few for means of squares; its graphics kernels, and its plain implementation, take the
nearest value. `nearest.…` is the latter; `processor.…` the former's parameters, which differ somewhat.
"""
import os

import bitsandbytes as bnb
import numpy as np
import torch
from bitsandbytes.backends.cpu import ops
from safetensors.torch import save_file

FOLDER = os.path.join(os.path.dirname(__file__), "..", "Fixtures")
COUNT, STEPS = 5000, 20


def hashed(salt):
    """Numbers within -0.5 ... 0.5 that any language can make: see OptimizerTests."""
    index = np.arange(COUNT, dtype=np.uint64)
    bits = (index * 2654435761 + salt * 40503 * 65537) & 0xFFFFFFFF
    bits = (bits ^ (bits >> 15)) * 2246822519 & 0xFFFFFFFF
    bits = bits ^ (bits >> 13)
    return torch.from_numpy((bits >> 8).astype(np.float32) / np.float32(1 << 24) - np.float32(0.5))


def gradient(step):
    # Of sizes that differ by blocks and within them.
    scale = torch.tensor([1.0, 0.5, 0.25, 0.0625, 2.0 ** -5, 2.0 ** -6, 0.0], dtype=torch.float32)
    index = torch.arange(COUNT)
    return hashed(step + 1) * scale[(index // 300 + index % 3) % 7]


def train(make):
    parameter = torch.nn.Parameter(hashed(0).clone())
    optimizer = make([parameter])
    for step in range(STEPS):
        parameter.grad = gradient(step)
        optimizer.step()
    return parameter.detach(), optimizer.state[parameter]


def nearest(values, code, scales, codes, block):
    pad = torch.nn.functional.pad(values, (0, -values.numel() % block)).reshape(-1, block)
    largest = pad.abs().amax(1)
    scaled = (pad * (1 / largest.clamp(min=1e-38))[:, None]).reshape(-1)[: values.numel()]
    codes.copy_(torch.bucketize(scaled.clamp(-1, 1), (code[:-1] + code[1:]) / 2).to(torch.uint8))
    scales.copy_(largest)


out = {}
settings = dict(lr=1e-2, weight_decay=0.05)
out["full.parameters"], state = train(lambda p: torch.optim.AdamW(p, **settings))
out["processor.parameters"], _ = train(lambda p: bnb.optim.AdamW8bit(p, **settings))
ops._quant_blockwise_fp32_direct = nearest
out["nearest.parameters"], state = train(lambda p: bnb.optim.AdamW8bit(p, **settings))
for ours, theirs in (("first", "1"), ("second", "2")):
    out[f"nearest.{ours}"] = state["state" + theirs]
    out[f"nearest.{ours}.scales"] = state["absmax" + theirs]
for name in ("processor", "nearest"):
    print(name, (out[name + ".parameters"] - out["full.parameters"]).abs().max())
out = {k: v.clone() for k, v in out.items()}
save_file(out, os.path.join(FOLDER, "optimizers.safetensors"), metadata={"format": "pt"})
