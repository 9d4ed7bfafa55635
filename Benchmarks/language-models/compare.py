"""Compares training steps and predictions of a small Gemma-2 with PyTorch and PEFT: same shape, batch, threads, precision.

Hidden size 512, 8 layers, one sequence of 1,024 tokens, adapters of rank 32 on q, k, v and o, loss on the last token only.
Each side runs in separate processes, in turn. A figure is the best step over all processes, leaving out the first step of each.
Peak memory is that of the process, including weights and libraries. The rate counts only the multiplications that a step
requires, and is compared with OpenBLAS's rate for a product of the feed-forward layer's shape.
"""

import argparse
import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent.parent
LENGTH, HIDDEN, FORWARD, LAYERS, HEADS, KEYS, SIZE, RANK = 1024, 512, 2048, 8, 8, 4, 64, 32

PEER = f"""
import json, resource, sys, time, torch
from transformers import AutoModelForCausalLM, Gemma2Config
from peft import LoraConfig, get_peft_model
vocabulary, threads, steps, mode = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.set_num_threads(threads)
config = Gemma2Config(
    vocab_size=vocabulary, hidden_size={HIDDEN}, intermediate_size={FORWARD}, num_hidden_layers={LAYERS},
    num_attention_heads={HEADS}, num_key_value_heads={KEYS}, head_dim={SIZE}, query_pre_attn_scalar={SIZE},
    sliding_window=4096, max_position_embeddings=4096)
config._attn_implementation = "eager"
model = get_peft_model(AutoModelForCausalLM.from_config(config).float(), LoraConfig(
    r={RANK}, lora_alpha=64, target_modules=["q_proj", "k_proj", "v_proj", "o_proj"], task_type="CAUSAL_LM"))
tokens = (torch.arange({LENGTH}) * 7919 % vocabulary)[None]
labels = torch.full_like(tokens, -100)
labels[0, -1] = vocabulary // 2
times = []
for step in range(steps + 1):
    if step == 1: started = time.process_time()
    start = time.perf_counter()
    if mode == "predict":
        with torch.no_grad(): model(input_ids=tokens, logits_to_keep=1).logits[0, -1, [1, 2, 3]]
    else:
        model.zero_grad()
        model(input_ids=tokens, labels=labels).loss.backward()
    times.append(time.perf_counter() - start)
print(json.dumps(dict(
    best=min(times[1:]), processor=(time.process_time() - started) / steps,
    peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)))
"""


def run(command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"{command[0]}: exit {result.returncode}: {result.stderr[-600:]}")
    return json.loads(result.stdout.splitlines()[-1])


def best(results):
    return {key: min(result[key] for result in results) for key in ("best", "processor", "peak")}


def multiplications(mode):
    """The multiplications and additions a step requires: frozen matrices forward and, for input gradients only, backward;
    attention's two products forward and four backward, of the unmasked half; adapters; keys and values of the last layer."""
    attention = HIDDEN * SIZE * (2 * HEADS + 2 * KEYS)
    adapters = RANK * (4 * HIDDEN + SIZE * (2 * HEADS + 2 * KEYS))
    layer = attention + 3 * HIDDEN * FORWARD
    scores = LENGTH // 2 * SIZE * HEADS
    last = 2 * HIDDEN * SIZE * KEYS
    forward = (LAYERS - 1) * (layer + adapters + 2 * scores) + last
    backward = (LAYERS - 1) * (layer + 2 * adapters + 4 * scores) + last
    return 2 * LENGTH * (forward + (backward if mode == "step" else 0))


def library_rate(threads):
    """OpenBLAS's rate for a product of 1,024 by 512 by 2,048."""
    for name in ("libopenblas.so.0", "libopenblas.so"):
        try:
            library = ctypes.CDLL(name)
            break
        except OSError:
            library = None
    if library is None:
        return None
    library.openblas_set_num_threads(threads)
    a, b, c = ((ctypes.c_float * (rows * columns))() for rows, columns in
               ((LENGTH, HIDDEN), (FORWARD, HIDDEN), (LENGTH, FORWARD)))
    one = ctypes.c_float(1)
    fastest = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        library.cblas_sgemm(
            101, 111, 112, LENGTH, FORWARD, HIDDEN, one, a, HIDDEN, b, HIDDEN, ctypes.c_float(0), c, FORWARD)
        fastest = min(fastest, time.perf_counter() - start)
    return 2 * LENGTH * FORWARD * HIDDEN / fastest


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", default=".build/release/sluice", help="measure-decoder is beside it")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--vocabularies", type=int, nargs="*", default=[32_000, 256_000])
    arguments = parser.parse_args()
    binary = Path(arguments.sluice).resolve().parent / "measure-decoder"
    build = ["swift", "build", "-q", "-c", "release", "--product", "measure-decoder"]
    if not binary.exists():
        subprocess.run(build, cwd=PACKAGE, check=True)

    rate = library_rate(arguments.threads)
    print(f"\nA Gemma-2 of {HIDDEN} by {LAYERS} layers, {LENGTH} tokens, {arguments.threads} threads")
    print(f"{'vocabulary':<12}{'pass':<9}{'by':<10}{'s':>8}{'tokens/s':>10}{'CPU s':>8}{'peak MB':>9}   speed, memory")
    for vocabulary in arguments.vocabularies:
        for mode in ("step", "predict"):
            own, peer = [], []
            for _ in range(arguments.rounds):
                common = [vocabulary, arguments.threads, arguments.steps, mode]
                own.append(run([binary, *common]))
                peer.append(run([sys.executable, "-c", PEER, *common]))
            library = own[0]["library"]
            own, peer = best(own), best(peer)
            for name, figures in (("sluice", own), ("PyTorch", peer)):
                ratios = ""
                if name == "PyTorch":
                    ratios = (f"   {peer['best'] / own['best']:.1f} times as fast, by processor time "
                              f"{peer['processor'] / own['processor']:.1f}; {own['peak'] / peer['peak']:.2f} of the memory")
                print(f"{vocabulary:<12}{mode:<9}{name:<10}{figures['best']:>8.3f}{LENGTH / figures['best']:>10.0f}"
                      f"{figures['processor']:>8.2f}{figures['peak'] / 1e6:>9.0f}{ratios}", flush=True)
            reached = multiplications(mode) / own["best"]
            if rate:
                print(f"{'':<12}{'':<9}{reached / 1e9:.0f} GFLOP/s by {library}, {reached / rate:.0%} of OpenBLAS's "
                      f"own {rate / 1e9:.0f}", flush=True)


if __name__ == "__main__":
    main()
