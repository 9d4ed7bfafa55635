"""Launches Sluice's CUDA kernels on tensors: on a GPU from machine code, or on the processor through the host twin."""

import ctypes
import glob
import os

import torch


class HostTwin:
    """The kernels compiled for the processor, as a shared library."""

    device = "cpu"

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.sluice_host_kernel_signature.restype = ctypes.c_char_p

    def launch(self, source, name, grid, block, shared, arguments):
        signature = self.library.sluice_host_kernel_signature(name.encode())
        assert signature is not None, name
        signature = signature.decode()
        given = "".join(kind for kind, _ in arguments)
        assert given == signature, (name, given, signature)
        values = [pack(kind, value) for kind, value in arguments]
        pointers = (ctypes.c_void_p * len(values))(*[ctypes.addressof(value) for value in values])
        triple = ctypes.c_uint * 3
        code = self.library.sluice_host_kernel_launch(
            name.encode(), triple(grid[0], grid[1], 1), triple(block, 1, 1), shared, pointers)
        assert code == 0, (name, code)

    def wait(self):
        pass


class GPU:
    """The kernels as machine code for the GPU at hand, through the driver that PyTorch has initialized."""

    device = "cuda"

    def __init__(self, folder, architecture="sm_90"):
        torch.zeros(1, device="cuda")
        self.driver = ctypes.CDLL("libcuda.so.1")
        self.functions = {}
        self.modules = []
        for path in sorted(glob.glob(os.path.join(folder, f"*.{architecture}.cubin"))):
            module = ctypes.c_void_p()
            self.check(self.driver.cuModuleLoad(ctypes.byref(module), path.encode()), path)
            self.modules.append(module)

    def check(self, code, what):
        assert code == 0, f"{what}: CUDA error {code}"

    def function(self, name, shared):
        if name not in self.functions:
            function = ctypes.c_void_p()
            for module in self.modules:
                if self.driver.cuModuleGetFunction(ctypes.byref(function), module, name.encode()) == 0:
                    break
            else:
                raise KeyError(name)
            self.functions[name] = function
            # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
            if shared > 48 * 1024:
                self.check(self.driver.cuFuncSetAttribute(function, 8, shared), name)
        return self.functions[name]

    def launch(self, source, name, grid, block, shared, arguments):
        function = self.function(name, shared)
        values = [pack(kind, value) for kind, value in arguments]
        pointers = (ctypes.c_void_p * len(values))(*[ctypes.addressof(value) for value in values])
        stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
        code = self.driver.cuLaunchKernel(
            function, grid[0], grid[1], 1, block, 1, 1, shared, stream, pointers, None)
        self.check(code, name)

    def wait(self):
        torch.cuda.synchronize()


KINDS = {"p": ctypes.c_uint64, "i": ctypes.c_int, "l": ctypes.c_uint64, "f": ctypes.c_float, "d": ctypes.c_double}


def pack(kind, value):
    if kind == "p":
        value = 0 if value is None else value if isinstance(value, int) else value.data_ptr()
    return KINDS[kind](value)


def pieces(count, size):
    return (count + size - 1) // size


def step(columns):
    return 8 if columns % 8 == 0 else 1


def threads(columns, most=256):
    reads = max(pieces(columns, step(columns)), 1)
    return pieces(pieces(reads, pieces(reads, most)), 32) * 32


def blocks(count, step):
    return min(pieces(count, 256 * step), 4096)


def suffix(tensor):
    return {torch.float32: "f32", torch.bfloat16: "bf16"}[tensor.dtype]


class Kernels:
    """What KernelLaunch of module CUDAKernels does, on tensors."""

    def __init__(self, device):
        self.on = device

    def run(self, name, grid, block, arguments, shared=0, parts=1):
        self.on.launch(None, name, (grid, parts), block, shared, arguments)

    def normalize(self, x, gain, epsilon, adding, y):
        rows, columns = x.shape
        self.run(f"normalize_{suffix(x)}_{suffix(y)}", rows, threads(columns),
                 [("p", x), ("p", gain), ("f", epsilon), ("i", int(adding)), ("p", y), ("i", columns)])

    def normalize_backward(self, x, gain, epsilon, dy, adding, dx, sums=None):
        rows, columns = x.shape
        count = 1 if sums is None else 32
        self.run(f"normalize_backward_{suffix(x)}_{suffix(dy)}_{suffix(dx)}", pieces(rows, count), threads(columns),
                 [("p", x), ("p", gain), ("f", epsilon), ("p", dy), ("i", int(adding)), ("p", dx), ("p", sums),
                  ("i", rows), ("i", columns), ("i", count)])

    def sum_pieces(self, sums, gradient):
        self.run("sum_pieces", pieces(gradient.numel(), 128), 128,
                 [("p", sums), ("i", sums.shape[0]), ("i", gradient.numel()), ("p", gradient)])

    def normalize_heads(self, x, y, heads, size, gain, epsilon):
        rows, width = x.shape
        self.run("normalize_heads", pieces(rows * (width // size), 8), 256,
                 [("p", x), ("p", y), ("i", rows), ("i", width), ("i", heads), ("i", size), ("p", gain), ("f", epsilon)])

    def normalize_heads_backward(self, x, dy, heads, size, gain, epsilon, sums):
        rows, width = x.shape
        self.run("normalize_heads_backward", pieces(rows, 32), 256,
                 [("p", x), ("p", dy), ("i", rows), ("i", width), ("i", heads), ("i", size), ("p", gain), ("f", epsilon),
                  ("p", sums)], shared=32 * size)

    def rotate(self, x, heads, size, places, angles, back):
        rows, width = x.shape
        per = 8 if size % 16 == 0 and width % 8 == 0 else 1
        self.run("rotate_bf16", blocks(rows * heads * (size // 2 // per), 1), 256,
                 [("p", x), ("i", rows), ("i", width), ("i", heads), ("i", size), ("p", places), ("p", angles),
                  ("i", int(back))])

    def gate(self, activation, x, y):
        self.run(f"gate_{activation}", y.shape[0], threads(y.shape[1]), [("p", x), ("p", y), ("i", y.shape[1])])

    def gate_backward(self, activation, x, dy):
        self.run(f"gate_backward_{activation}", dy.shape[0], threads(dy.shape[1]),
                 [("p", x), ("p", dy), ("i", dy.shape[1])])

    def drop(self, x, positions, probability, key, y, backward=False):
        rows, columns = x.shape
        threshold = int(probability * 2**32)
        self.run(f"drop{'_backward' if backward else ''}_{suffix(x)}_{suffix(y)}", rows, threads(columns),
                 [("p", x), ("p", positions), ("l", key), ("i", threshold - 2**32 if threshold >= 2**31 else threshold),
                  ("f", 1 / (1 - probability)), ("p", y), ("i", columns)])

    def convert(self, x, y):
        self.run(f"convert_{suffix(x)}_{suffix(y)}", blocks(x.numel(), step(x.numel())), 256,
                 [("p", x), ("p", y), ("l", x.numel())])

    def add(self, y, x):
        self.run(f"add_{suffix(y)}_{suffix(x)}", blocks(x.numel(), step(x.numel())), 256,
                 [("p", y), ("p", x), ("l", x.numel())])

    def take_rows(self, x, rows, scale, y):
        self.run(f"take_rows_{suffix(x)}_{suffix(y)}", y.shape[0], threads(y.shape[1]),
                 [("p", x), ("p", rows), ("f", scale), ("p", y), ("i", y.shape[1])])

    def scatter(self, y, order, starts, targets, scale, x):
        self.run(f"scatter_{suffix(y)}_{suffix(x)}", targets.numel(), threads(x.shape[1]),
                 [("p", y), ("p", order), ("p", starts), ("p", targets), ("f", scale), ("p", x), ("i", x.shape[1])])

    def cross_entropy(self, logits, cap, starts, classes, probabilities, factors, losses, gradients, largest):
        rows, count = logits.shape
        self.run(f"cross_entropy_{suffix(gradients)}", rows, min(1024, pieces(count, 32) * 32),
                 [("p", logits), ("i", count), ("f", 1 / cap if cap else 0), ("p", starts), ("p", classes),
                  ("p", probabilities), ("p", factors), ("p", losses), ("p", gradients)], shared=4 * max(largest, 1))

    def expand(self, codes, scale_codes, group_scales, offset, table, first, y):
        self.run(f"expand_nf4_{suffix(y)}", min(pieces(y.numel(), 256 * 32), 1056), 256,
                 [("p", codes), ("p", scale_codes), ("p", group_scales), ("f", offset), ("p", table), ("l", first),
                  ("l", y.numel()), ("p", y)])

    def adamw(self, parameters, gradients, first, second, factors):
        self.run("adamw", blocks(parameters.numel(), 1), 256,
                 [("p", parameters), ("p", gradients), ("p", first), ("p", second), ("l", parameters.numel())]
                 + [("f", factor) for factor in factors])

    def adamw8(self, parameters, gradients, first, first_scales, second, second_scales, signed, unsigned, factors):
        self.run("adamw8", pieces(parameters.numel(), 256), 256,
                 [("p", tensor) for tensor in [parameters, gradients, first, first_scales, second, second_scales, signed,
                                               unsigned]]
                 + [("l", parameters.numel())] + [("f", factor) for factor in factors])

    def sum_of_squares(self, x, partial, result):
        self.run("sum_of_squares", 1024, 256, [("p", x), ("l", x.numel()), ("p", partial)])
        self.run("sum_partial", 1, 256, [("p", partial), ("i", 1024), ("i", 0), ("p", result)])


class Attention:
    """An attention layer over sequences of some lengths, with a query at every key."""

    # queries, keys, passing keys, backward keys, passing queries: as in AttentionTiles.swift
    TILES = {64: (64, 64, 64, 64, 64), 128: (64, 64, 64, 64, 32), 256: (64, 64, 64, 32, 32)}

    def __init__(self, on, heads, key_heads, size, scale, cap, window, lengths, plain=False, tiles=None, names=None):
        self.on, self.heads, self.key_heads, self.size = on, heads, key_heads, size
        self.scale, self.cap, self.window, self.lengths = scale, cap, window, lengths
        self.plain = plain
        self.tiles = (8, 8, 0, 0, 0) if plain else tiles or self.TILES[size]
        kind = "plainly" if plain else str(size)
        self.names = names or [f"attend_{kind}", f"attend_backward_queries_{kind}", f"attend_backward_keys_{kind}"]
        self.block = 256 if plain else 128
        self.key_block = 256
        self.rows = sum(lengths)
        starts = [sum(lengths[:index]) for index in range(len(lengths))]
        spans = [number for start, length in zip(starts, lengths) for number in (start, length, start, length)]
        query_tiles = [(span, first) for span, length in enumerate(lengths) for first in range(0, length, self.tiles[0])]
        key_tiles = [(span, first) for span, length in enumerate(lengths) for first in range(0, length, self.tiles[1])]
        query_tiles.sort(key=lambda tile: (-tile[1], tile[0]))
        key_tiles.sort(key=lambda tile: (tile[1], tile[0]))
        self.query_tiles, self.key_tiles = len(query_tiles), len(key_tiles)

        def table(numbers):
            return torch.tensor(numbers, dtype=torch.int32, device=on.device)

        self.spans = table(spans)
        self.query_table = table(query_tiles)
        self.key_table = table(key_tiles)
        self.places = table([place for length in lengths for place in range(length)])

    def common(self, table):
        return [("p", self.spans), ("p", table), ("p", self.places), ("i", self.heads),
                ("i", self.heads // self.key_heads), ("i", self.size), ("f", self.scale), ("f", self.cap or 0),
                ("i", self.window or 0), ("i", self.rows)]

    def attend(self, queries, keys_values, output, logarithms):
        rows, _, keys = self.tiles[:3]
        self.on.launch(None, self.names[0], (self.query_tiles * self.heads, 1), self.block, (rows + 2 * keys) * self.size * 2,
                       self.common(self.query_table)
                       + [("p", queries), ("p", keys_values), ("p", output), ("p", logarithms)])

    def deltas(self, output, d_output, deltas):
        self.on.launch(None, "attend_deltas", (pieces(self.rows * self.heads, 8), 1), 256, 0,
                       [("p", output), ("p", d_output), ("i", self.rows), ("i", self.heads), ("i", self.size), ("p", deltas)])

    def backward_queries(self, queries, keys_values, logarithms, deltas, d_output, d_queries):
        rows, _, _, keys = self.tiles[:4]
        self.on.launch(None, self.names[1], (self.query_tiles * self.heads, 1), self.block,
                       (2 * rows + 3 * keys) * self.size * 2,
                       self.common(self.query_table)
                       + [("p", tensor) for tensor in [queries, keys_values, logarithms, deltas, d_output, d_queries]])

    def backward_keys(self, queries, keys_values, logarithms, deltas, d_output, d_keys_values):
        _, keys, _, _, passing = self.tiles
        self.on.launch(None, self.names[2], (self.key_tiles * self.key_heads, 1), self.key_block,
                       (2 * keys + 4 * passing) * self.size * 2 + keys * passing * 4 + 6 * passing * 4,
                       self.common(self.key_table)
                       + [("p", tensor) for tensor in [queries, keys_values, logarithms, deltas, d_output, d_keys_values]])
