"""Compares NF4 with double quantization, in both directions, with bitsandbytes; and measures quantizing a checkpoint.

The matrix is 4096 by 14336, a feed-forward layer of an 8B model. Each figure is the median of several rounds in one process; the
two sides take turns. bitsandbytes dequantizes with its CPU kernels, into newly allocated memory, before each product. Sluice's
products dequantize panels of a few hundred rows into memory that is reused (`panels`, timed on one thread), and never a whole
matrix, which is timed as well.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

PACKAGE = Path(__file__).resolve().parent.parent.parent

PEER = """
import sys, time
import numpy, torch
import bitsandbytes.functional as F
path, rows, columns, threads, rounds, target = sys.argv[1:7]
torch.set_num_threads(int(threads))
a = torch.from_numpy(numpy.fromfile(path, numpy.float32)).reshape(int(rows), int(columns))
for _ in range(int(rounds)):
    start = time.perf_counter()
    q, state = F.quantize_4bit(a, compress_statistics=True, quant_type="nf4")
    print("quantized", time.perf_counter() - start, flush=True)
    start = time.perf_counter()
    F.dequantize_4bit(q, state)
    print("dequantized", time.perf_counter() - start, flush=True)
q.numpy().tofile(target)
"""


def medians(command):
    """The median of each named figure that a process prints, and its peak memory in bytes."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    seconds = {}
    for line in process.stdout:
        name, value = line.split()
        seconds.setdefault(name, []).append(float(value))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]}: exit {process.returncode}")
    return {name: statistics.median(values) for name, values in seconds.items()}, usage.ru_maxrss * 1024


def write_checkpoint(folder, layers):
    """A Llama shaped like 3.1 8B, with fewer layers and tokens, in BF16, with random weights."""
    import torch
    from safetensors.torch import save_file as save

    hidden, inner, keys, words = 4096, 14336, 1024, 32000
    generator = torch.Generator().manual_seed(1)

    def numbers(*shape):
        return (torch.rand(shape, generator=generator) - 0.5).to(torch.bfloat16)

    tensors = {"model.embed_tokens.weight": numbers(words, hidden), "model.norm.weight": numbers(hidden),
               "lm_head.weight": numbers(words, hidden)}
    shapes = {"self_attn.q_proj": (hidden, hidden), "self_attn.k_proj": (keys, hidden), "self_attn.v_proj": (keys, hidden),
              "self_attn.o_proj": (hidden, hidden), "mlp.gate_proj": (inner, hidden), "mlp.up_proj": (inner, hidden),
              "mlp.down_proj": (hidden, inner)}
    for layer in range(layers):
        for name, shape in shapes.items():
            tensors[f"model.layers.{layer}.{name}.weight"] = numbers(*shape)
        for name in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"model.layers.{layer}.{name}.weight"] = numbers(hidden)
    save(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = dict(model_type="llama", vocab_size=words, hidden_size=hidden, intermediate_size=inner,
                  num_hidden_layers=layers, num_attention_heads=32, num_key_value_heads=8, hidden_act="silu",
                  rms_norm_eps=1e-5, rope_theta=5e5, max_position_embeddings=8192)
    (folder / "config.json").write_text(json.dumps(config))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", default=".build/release/sluice", help="quantize-matrices is beside it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--columns", type=int, default=14336)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--write-checkpoint", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write_checkpoint:
        return write_checkpoint(arguments.write_checkpoint, arguments.layers)
    binary = Path(arguments.sluice).resolve().parent / "quantize-matrices"
    build = ["swift", "build", "-q", "-c", "release", "--product", "quantize-matrices"]
    if not binary.exists():
        subprocess.run(build, cwd=PACKAGE, check=True)
    with tempfile.TemporaryDirectory(prefix="quantization-") as name:
        folder = Path(name)
        path = folder / "matrix"
        generator = numpy.random.default_rng(1)
        (generator.standard_normal((arguments.rows, arguments.columns), numpy.float32) * numpy.float32(0.02)).tofile(path)
        print(f"\nNF4 of {arguments.rows} by {arguments.columns} (seconds, and bitsandbytes' over Sluice's)")
        print(f"{'':<20}{'threads':<9}{'sluice':>9}{'bitsandbytes':>14}{'ratio':>8}")
        for threads in sorted({1, min(2, os.cpu_count() or 1)}):
            common = [path, arguments.rows, arguments.columns, threads, arguments.rounds]
            ours, _ = medians([binary, *common, folder / "ours"])
            theirs, _ = medians([sys.executable, "-c", PEER, *common, folder / "theirs"])
            same = (folder / "ours").read_bytes() == (folder / "theirs").read_bytes()
            for step, seconds in ours.items():
                peer = theirs[step.removesuffix("-panels")]
                print(f"{step:<20}{threads:<9}{seconds:>9.3f}{peer:>14.3f}{peer / seconds:>8.1f}")
            print(f"{'':<20}{threads:<9}the codes are {'the same' if same else 'DIFFERENT'}", flush=True)
        path.unlink()

        source = folder / "checkpoint"
        source.mkdir()
        # In a separate process, because a child's peak memory starts with its parent's.
        subprocess.run(
            [sys.executable, __file__, "--layers", str(arguments.layers), "--write-checkpoint", source], check=True)
        size = os.path.getsize(source / "model.safetensors")
        seconds, peak = medians([binary, source, 2, folder / "quantized"])
        written = os.path.getsize(folder / "quantized/model.safetensors")
        largest = 4 * arguments.rows * arguments.columns
        print(f"\nA checkpoint of {size / 2e9:.2f}e9 parameters, {size / 1e9:.2f} GB in BF16, to {written / 1e9:.2f} GB on 2 threads: "
              f"{seconds['quantized']:.1f} s, peak memory {peak / 1e9:.2f} GB; its largest projection takes "
              f"{largest / 1e9:.2f} GB in 32 bits")


if __name__ == "__main__":
    main()
