#!/usr/bin/env python3
"""Compiles Sluice's CUDA kernels outside of Sluice, for check.py.

usage: compile.py FOLDER [ARCHITECTURE] [LIBNVRTC]        machine code with NVRTC, and variants of attention to compare; no GPU needed
       compile.py FOLDER ARCHITECTURE LIBNVRTC numbers    machine code alone, for `check.py FOLDER numbers`
       compile.py TWIN.so                                 the host twin, with clang++
"""

import ctypes
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
KERNELS = os.path.join(ROOT, "Sources/CCUDAKernels/Kernels")
TILES = ["attention.cuh", "attention_tiles.cu", "attention_tiles_backward.cu"]
# As KernelSource of module CUDAKernels.
SOURCES = {name: [name + ".cu"] for name in ("rows", "norms", "rotation", "gates", "losses", "optimizing", "nf4")}
SOURCES |= {"attention": ["attention.cuh", "attention.cu"], "attentionTiles": TILES + ["attention_tiles_kernels.cu"]}


def text(names):
    return "".join(open(os.path.join(KERNELS, name)).read() for name in ["target.cuh", "common.cuh"] + names)


def variants():
    """Kernels of attention with the tiles that timing.py compares."""
    import timing

    shared = "ATTENTION_PARAMETERS, const bf16 *queries, const bf16 *keys_values"
    back = shared + ", const float *logarithms, const float *deltas, const bf16 *d_output, bf16 *result"
    given = "TILED({0}), queries, keys_values, logarithms, deltas, d_output, result"
    kernels = open(os.path.join(KERNELS, "attention_tiles_kernels.cu")).read()
    lines = [re.search(r"#define TILED.*?\n}\n", kernels, re.S).group(0)]
    for size, tiles in timing.FORWARD.items():
        lines += [f"KERNEL __launch_bounds__({32 * warps}) forward_{size}_{parts}_{warps}_{keys}({shared}, bf16 *output, "
                  f"float *logarithms) {{ attend<{size}, {parts}, {warps}, {keys}>(TILED({size}), queries, keys_values, "
                  f"output, logarithms); }}" for parts, warps, keys in tiles]
    for size, tiles in timing.QUERIES.items():
        lines += [f"KERNEL __launch_bounds__({32 * warps}) queries_{size}_{parts}_{warps}_{keys}({back}) {{ "
                  f"attend_backward_queries<{size}, {parts}, {warps}, {keys}>({given.format(size)}); }}"
                  for parts, warps, keys in tiles]
    for size, tiles in timing.KEYS.items():
        lines += [f"KERNEL __launch_bounds__({64 * warps}, {blocks}) keys_{size}_{parts}_{warps}_{passing}_{blocks}({back}) "
                  f"{{ attend_backward_keys<{size}, {parts}, {warps}, {passing}>({given.format(size)}); }}"
                  for parts, warps, passing, blocks in tiles]
    return text(TILES) + "\n".join(lines) + "\n"


def compile_for_gpu(folder, architecture, library, with_variants):
    nvrtc = ctypes.CDLL(library)
    os.makedirs(folder, exist_ok=True)
    sources = [(name, text(names)) for name, names in SOURCES.items()]
    for name, source in sources + ([("variants", variants())] if with_variants else []):
        program, size = ctypes.c_void_p(), ctypes.c_size_t()
        nvrtc.nvrtcCreateProgram(ctypes.byref(program), source.encode(), f"{name}.cu".encode(), 0, None, None)
        options = [f"--gpu-architecture={architecture}".encode(), b"--std=c++17", b"-default-device"]
        code = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
        if code != 0:
            nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
            log = ctypes.create_string_buffer(size.value)
            nvrtc.nvrtcGetProgramLog(program, log)
            sys.exit(f"{name}.cu: {log.value.decode()}")
        nvrtc.nvrtcGetCUBINSize(program, ctypes.byref(size))
        binary = ctypes.create_string_buffer(size.value)
        nvrtc.nvrtcGetCUBIN(program, binary)
        with open(os.path.join(folder, f"{name}.{architecture}.cubin"), "wb") as file:
            file.write(binary.raw)
        print(f"{name}.cu: {size.value} bytes for {architecture}", flush=True)


def compile_twin(path):
    folder = os.path.join(ROOT, "Sources/CCUDAHost")
    sources = [os.path.join(folder, name) for name in ("Fiber.cpp", "Block.cpp", "Kernels.cpp")]
    subprocess.run(["clang++", "-std=c++20", "-O1", "-fPIC", "-shared", "-ffp-contract=off", "-I" + folder + "/include",
                    *sources, "-o", path], check=True)


if len(sys.argv) < 2:
    sys.exit(__doc__)
if sys.argv[1].endswith(".so"):
    compile_twin(sys.argv[1])
else:
    rest = sys.argv[2:] + [None, None]
    compile_for_gpu(sys.argv[1], rest[0] or "sm_90", rest[1] or "libnvrtc.so", sys.argv[4:] != ["numbers"])
