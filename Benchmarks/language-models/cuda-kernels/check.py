#!/usr/bin/env python3
"""Compares each CUDA kernel's numbers with PyTorch in double precision, and times it.

usage: check.py FOLDER            machine code (*.sm_90.cubin), on a GPU: numbers, then speeds
       check.py FOLDER numbers    numbers alone
       check.py TWIN.so           the host twin, on the processor: numbers of small shapes

compile.py makes either.
"""

import sys
import time
import traceback

import torch

from launching import GPU, Attention, HostTwin, Kernels

path = sys.argv[1]
on = HostTwin(path) if path.endswith(".so") else GPU(path)
is_gpu = on.device == "cuda"
kernels = Kernels(on)
torch.manual_seed(1)
generator = torch.Generator(device=on.device).manual_seed(1)
failures = []


def random(*shape, dtype=torch.bfloat16, scale=1.0):
    return (torch.randn(*shape, device=on.device, generator=generator) * scale).to(dtype)


def empty(*shape, dtype=torch.bfloat16):
    return torch.full(shape, float("nan"), device=on.device, dtype=dtype)


def integers(numbers):
    return torch.tensor(numbers, dtype=torch.int32, device=on.device)


def gap(actual, expected):
    """The largest difference relative to the number and to the root of the mean square."""
    on.wait()
    expected = expected.double()
    scale = expected.square().mean().sqrt()
    return ((actual.double() - expected).abs() / (expected.abs() + scale)).max().item()


def mean_gap(actual, expected):
    """The root of the mean squared difference, relative to that of the numbers."""
    on.wait()
    expected = expected.double()
    return ((actual.double() - expected).square().mean() / expected.square().mean()).sqrt().item()


def expect(what, actual, expected, tolerance, by=gap):
    error = by(actual, expected)
    fine = error <= tolerance
    if not fine:
        failures.append(what)
    print(f"{'ok  ' if fine else 'BAD '} {what:<58} {error:.2e} (≤ {tolerance:.0e})", flush=True)


BF16, F32 = 4e-3, 1e-5


def check_rows():
    for rows, columns in [(300, 3584), (37, 57)]:
        for x_type in (torch.float32, torch.bfloat16):
            for y_type in (torch.float32, torch.bfloat16):
                tolerance = F32 if y_type == torch.float32 else BF16
                name = f"{str(x_type)[6:]} → {str(y_type)[6:]} ({rows}, {columns})"
                x, y = random(rows, columns, dtype=x_type), empty(rows, columns, dtype=y_type)
                kernels.convert(x, y)
                expect(f"convert {name}", y, x, tolerance)
                before = random(rows, columns, dtype=y_type)
                y = before.clone()
                kernels.add(x, y)
                expect(f"add {name}", y, before.double() + x.double(), tolerance)
                index = torch.randint(0, rows, (rows,), device=on.device, dtype=torch.int32, generator=generator)
                y = empty(rows, columns, dtype=y_type)
                kernels.take_rows(x, index, 1.5, y)
                expect(f"take rows {name}", y, x.double()[index.long()] * 1.5, tolerance)
                order = torch.sort(index.cpu().long(), stable=True)
                targets, counts = torch.unique_consecutive(order.values, return_counts=True)
                starts = [0] + counts.cumsum(0).tolist()
                y = before.clone()
                kernels.scatter(x, integers(order.indices.tolist()), integers(starts), integers(targets.tolist()), 0.5, y)
                expect(f"scatter {name}", y, before.double().index_add(0, index.long(), x.double(), alpha=0.5), tolerance)
                y = empty(rows, columns, dtype=y_type)
                positions = torch.arange(7, rows + 7, device=on.device, dtype=torch.int32)
                key = 0x0123456789ABCDEF
                kernels.drop(x, positions, 0.1, key, y)
                mask = dropout_mask(positions, columns, 0.1, key)
                expect(f"drop {name}", y, x.double() * mask / 0.9, tolerance)
                y = before.clone()
                kernels.drop(x, positions, 0.1, key, y, backward=True)
                expect(f"drop backward {name}", y, before.double() + x.double() * mask / 0.9, tolerance)


def dropout_mask(positions, columns, probability, key):
    mask32 = 0xFFFFFFFF

    def mixed(x):
        x = x ^ (x >> 16)
        x = (x * 0x7FEB352D) & mask32
        x = x ^ (x >> 15)
        x = (x * 0x846CA68B) & mask32
        return x ^ (x >> 16)

    row_keys = mixed((key & mask32) ^ mixed(positions.long()))
    column = torch.arange(columns, device=on.device, dtype=torch.int64)
    bits = mixed((((column * 0x9E3779B9) + (key >> 32)) & mask32)[None, :] ^ row_keys[:, None])
    return (bits >= int(probability * 2**32)).double()


def check_layers():
    for rows, columns in [(67, 3584), (40, 2048), (35, 57), (3, 9216)]:
        x_shapes = [(x, y) for x in (torch.float32, torch.bfloat16) for y in (torch.float32, torch.bfloat16)]
        gain = random(columns, dtype=torch.float32)
        for x_type, y_type in x_shapes:
            name = f"{str(x_type)[6:]} → {str(y_type)[6:]} ({rows}, {columns})"
            tolerance = F32 if y_type == torch.float32 else BF16
            x = random(rows, columns, dtype=x_type, scale=3)
            before = random(rows, columns, dtype=y_type)
            wide = x.double().requires_grad_()
            wide_gain = gain.double().requires_grad_()
            norm = wide * (wide.square().mean(1, keepdim=True) + 1e-6).rsqrt() * wide_gain
            y = before.clone()
            kernels.normalize(x, gain, 1e-6, True, y)
            expect(f"norm added {name}", y, before.double() + norm.detach(), tolerance)
            y = empty(rows, columns, dtype=y_type)
            kernels.normalize(x, gain, 1e-6, False, y)
            expect(f"norm {name}", y, norm.detach(), tolerance)
            for dx_type in (torch.float32, torch.bfloat16):
                dy = random(rows, columns, dtype=y_type)
                dx, dgain = torch.autograd.grad(norm, (wide, wide_gain), dy.double(), retain_graph=True)
                for with_gain in (False, True):
                    sums = empty((rows + 31) // 32, columns, dtype=torch.float32) if with_gain else None
                    actual = random(rows, columns, dtype=dx_type)
                    expected = actual.double() + dx
                    kernels.normalize_backward(x, gain, 1e-6, dy, True, actual, sums)
                    expect(f"norm backward {name} → {str(dx_type)[6:]}", actual, expected,
                           F32 if dx_type == torch.float32 else BF16)
                    if with_gain:
                        total = torch.zeros(columns, device=on.device)
                        kernels.sum_pieces(sums, total)
                        expect(f"norm backward, gain {name}", total, dgain, 2e-5)
    for size in (64, 128, 256):
        rows, heads, every = 70, 3, 5
        x = random(rows, every * size, scale=3)
        gain = random(size, dtype=torch.float32)
        wide = x.double().requires_grad_()
        wide_gain = gain.double().requires_grad_()
        parts = wide.view(rows, every, size)
        norm = torch.cat([parts[:, :heads] * (parts[:, :heads].square().mean(2, keepdim=True) + 1e-6).rsqrt() * wide_gain,
                          parts[:, heads:]], 1).reshape(rows, every * size)
        y = empty(rows, every * size)
        kernels.normalize_heads(x, y, heads, size, gain, 1e-6)
        expect(f"norms of heads of {size}", y, norm.detach(), BF16)
        dy = random(rows, every * size)
        dx, dgain = torch.autograd.grad(norm, (wide, wide_gain), dy.double())
        sums = empty((rows + 31) // 32, size, dtype=torch.float32)
        kernels.normalize_heads_backward(x, dy, heads, size, gain, 1e-6, sums)
        expect(f"norms of heads of {size}, backward", dy, dx, BF16)
        expect(f"norms of heads of {size}, gain", sums.sum(0), dgain, 2e-5)
        places = torch.randint(0, 3000, (rows,), device=on.device, dtype=torch.int32, generator=generator)
        angle = torch.rand(3000, size // 2, device=on.device, generator=generator) * 6
        table = torch.cat([angle.cos(), angle.sin()], 1).contiguous()
        y = x.clone()
        kernels.rotate(y, heads, size, places, table, False)
        cosine, sine = table[places.long()].double().split(size // 2, 1)
        low, high = x.double().view(rows, every, size).split(size // 2, 2)
        turned = torch.cat([low * cosine[:, None] - high * sine[:, None], high * cosine[:, None] + low * sine[:, None]], 2)
        turned[:, heads:] = x.double().view(rows, every, size)[:, heads:]
        expect(f"rotation of heads of {size}", y, turned.reshape(rows, -1), BF16)
        kernels.rotate(y, heads, size, places, table, True)
        expect(f"rotation of heads of {size}, back", y, x, 2 * BF16)
    for activation, function in [("gelu", lambda z: torch.nn.functional.gelu(z, approximate="tanh")),
                                 ("silu", torch.nn.functional.silu)]:
        for width in (2048, 57):
            x = random(60, 2 * width, scale=2)
            wide = x.double().requires_grad_()
            expected = function(wide[:, :width]) * wide[:, width:]
            y = empty(60, width)
            kernels.gate(activation, x, y)
            expect(f"{activation} ({width})", y, expected.detach(), BF16)
            dy = random(60, width)
            (dx,) = torch.autograd.grad(expected, wide, dy.double())
            kernels.gate_backward(activation, x, dy)
            expect(f"{activation} backward ({width})", x, dx, BF16)


def check_losses():
    for classes in (3, 32000):
        for cap in (None, 30.0):
            rows = 16
            raw = random(rows, classes, dtype=torch.float32, scale=10)
            wide = raw.double().requires_grad_()
            logits = cap * torch.tanh(wide / cap) if cap else wide
            target = torch.softmax(random(rows, 3, dtype=torch.float64), 1)
            smoothing, temperature, weight = 0.1, 2.0, 0.5
            full = torch.full((rows, classes), smoothing / classes, dtype=torch.float64, device=on.device)
            full[:, :3] += target * (1 - smoothing)
            losses = -(full * torch.log_softmax(logits / temperature, 1)).sum(1)
            (expected,) = torch.autograd.grad(losses.sum() * weight, wide)
            for dtype in (torch.float32, torch.bfloat16):
                actual = logits.detach().float().contiguous()
                gradients = actual if dtype == torch.float32 else empty(rows, classes)
                sums = empty(rows, dtype=torch.float64)
                kernels.cross_entropy(
                    actual, cap, integers(range(0, 3 * rows + 1, 3)), integers([0, 1, 2] * rows),
                    (target * (1 - smoothing)).contiguous(),
                    torch.tensor([[smoothing, temperature, weight]] * rows, dtype=torch.float64, device=on.device), sums,
                    gradients, 3)
                expect(f"cross entropy of {classes}, cap {cap}", sums, losses.detach(), 1e-6)
                expect(f"cross entropy of {classes}, gradient", gradients, expected, 1e-4 if dtype == torch.float32 else BF16)


NF4 = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
       -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
       0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0]


def nf4_weights(count):
    codes = torch.randint(0, 256, (count // 2,), device=on.device, generator=generator, dtype=torch.int16).to(torch.uint8)
    scale_codes = torch.randint(0, 256, ((count + 63) // 64,), device=on.device, generator=generator,
                                dtype=torch.int16).to(torch.uint8)
    groups = torch.rand((scale_codes.numel() + 255) // 256, device=on.device, generator=generator) * 1e-2
    table = torch.linspace(-1, 1, 256, device=on.device)
    return codes, scale_codes, groups, 0.02, table


def check_weights():
    count = 200 * 4096
    weights = nf4_weights(count)
    codes, scale_codes, groups, offset, table = weights
    values = torch.tensor(NF4, device=on.device)
    numbers = values[torch.stack([codes >> 4, codes & 15], 1).reshape(-1).long()]
    scales = table[scale_codes.long()] * groups.repeat_interleave(256)[:scale_codes.numel()] + offset
    expected = numbers * scales.repeat_interleave(64)[:count]
    for dtype in (torch.float32, torch.bfloat16):
        for first in (0, 64 * 4096, 1001):
            y = empty(count - first, dtype=dtype)
            kernels.expand(*weights, first, y)
            on.wait()
            same = torch.equal(y, expected[first:].to(dtype))
            expect(f"NF4 to {str(dtype)[6:]} from {first}{', every bit' if same else ''}", y, expected[first:], BF16)
    x = random(1_000_003, dtype=torch.float32)
    partial, result = empty(1024, dtype=torch.float64), empty(1, dtype=torch.float64)
    kernels.sum_of_squares(x, partial, result)
    expect("sum of squares", result, x.double().square().sum().view(1), 1e-12)
    check_optimizer()


def check_optimizer():
    count = 10_000
    factors = [0.9, 0.999, 0.1, 0.001, 0.9999, 1e-2, 0.03, 1e-8]
    factors = torch.tensor(factors, dtype=torch.float32).tolist()
    beta1, beta2, rest1, rest2, kept, size, correction, epsilon = factors

    def moved(parameters, gradients, first, second):
        first = beta1 * first + rest1 * gradients
        second = beta2 * second + rest2 * gradients * gradients
        return parameters * kept - size * first / (second.sqrt() / correction + epsilon), first, second

    parameters, gradients = random(count, dtype=torch.float32), random(count, dtype=torch.float32, scale=1e-2)
    first, second = random(count, dtype=torch.float32, scale=1e-2), random(count, dtype=torch.float32).square() * 1e-4
    expected = moved(parameters.double(), gradients.double(), first.double(), second.double())
    mine = parameters.clone(), first.clone(), second.clone()
    kernels.adamw(mine[0], gradients, mine[1], mine[2], factors)
    for name, actual, other in zip(("parameters", "first", "second"), mine, expected):
        expect(f"AdamW, {name}", actual, other, 1e-6)
    signed = torch.sort(torch.cat([torch.linspace(-1, 1, 255, device=on.device), torch.zeros(1, device=on.device)])).values
    unsigned = torch.linspace(0, 1, 256, device=on.device)
    first_codes = torch.randint(0, 256, (count,), device=on.device, generator=generator, dtype=torch.int16).to(torch.uint8)
    second_codes = torch.randint(1, 256, (count,), device=on.device, generator=generator, dtype=torch.int16).to(torch.uint8)
    scales = torch.full(((count + 255) // 256,), 1e-2, device=on.device), torch.full(((count + 255) // 256,), 1e-3,
                                                                                    device=on.device)
    expected = moved(parameters.double(), gradients.double(), signed[first_codes.long()].double() * scales[0][0].double(),
                     unsigned[second_codes.long()].double() * scales[1][0].double())
    mine = parameters.clone()
    kernels.adamw8(mine, gradients, first_codes, scales[0], second_codes, scales[1], signed, unsigned, factors)
    expect("8-bit AdamW, parameters", mine, expected[0], 1e-6)
    decoded = signed[first_codes.long()].double() * scales[0].double().repeat_interleave(256)[:count]
    expect("8-bit AdamW, first", decoded, expected[1], 1e-2)
    decoded = unsigned[second_codes.long()].double() * scales[1].double().repeat_interleave(256)[:count]
    expect("8-bit AdamW, second", decoded, expected[2], 1e-2)


def reference(layer, queries, keys_values, d_output=None, dtype=torch.float64):
    """Output and gradients in double precision, sequence by sequence."""
    outputs, gradients_q, gradients_kv = [], [], []
    start = 0
    group = layer.heads // layer.key_heads
    for length in layer.lengths:
        part = slice(start, start + length)
        start += length
        q = queries[part].to(dtype).requires_grad_()
        kv = keys_values[part].to(dtype).requires_grad_()
        keys, values = kv.view(length, 2, layer.key_heads, layer.size).unbind(1)
        scores = torch.einsum("qhd,khd->hqk", q.view(length, layer.heads, layer.size),
                              keys.repeat_interleave(group, 1)) * layer.scale
        if layer.cap:
            scores = layer.cap * torch.tanh(scores / layer.cap)
        place = torch.arange(length, device=on.device)
        hidden = place[None, :] > place[:, None]
        if layer.window:
            hidden |= place[None, :] <= place[:, None] - layer.window
        weights = torch.softmax(scores.masked_fill(hidden, float("-inf")), 2)
        output = torch.einsum("hqk,khd->qhd", weights, values.repeat_interleave(group, 1)).reshape(length, -1)
        outputs.append(output.detach())
        if d_output is not None:
            dq, dkv = torch.autograd.grad(output, (q, kv), d_output[part].to(dtype))
            gradients_q.append(dq)
            gradients_kv.append(dkv)
    if d_output is None:
        return torch.cat(outputs)
    return torch.cat(outputs), torch.cat(gradients_q), torch.cat(gradients_kv)


def buffers(layer):
    width, key_width = layer.heads * layer.size, layer.key_heads * layer.size
    queries = random(layer.rows, width, scale=2)
    keys_values = random(layer.rows, 2 * key_width)
    return queries, keys_values, random(layer.rows, width)


def run_attention(layer, queries, keys_values, d_output):
    output = empty(*queries.shape)
    logarithms = empty(layer.heads, layer.rows, dtype=torch.float32)
    deltas = empty(layer.heads, layer.rows, dtype=torch.float32)
    d_queries, d_keys_values = empty(*queries.shape), empty(*keys_values.shape)
    layer.attend(queries, keys_values, output, logarithms)
    layer.deltas(output, d_output, deltas)
    layer.backward_queries(queries, keys_values, logarithms, deltas, d_output, d_queries)
    layer.backward_keys(queries, keys_values, logarithms, deltas, d_output, d_keys_values)
    return output, d_queries, d_keys_values


def check_attention():
    lengths = [300, 1, 1200, 64, 777] if is_gpu else [70, 1, 130]
    shapes = [(64, 8, 2), (128, 8, 2), (256, 4, 2)] if is_gpu else [(64, 2, 1), (128, 2, 1), (256, 2, 1)]
    for size, heads, key_heads in shapes:
        for cap, window in [(None, None), (5.0, None), (5.0, 500 if is_gpu else 40)]:
            for plain in (False, True):
                layer = Attention(on, heads, key_heads, size, size**-0.5, cap, window, lengths, plain)
                inputs = buffers(layer)
                first = run_attention(layer, *inputs)
                expected = reference(layer, *inputs)
                name = f"attention of {size}, cap {cap}, window {window}{', plain' if plain else ''}"
                for part, actual, other in zip(("output", "queries", "keys, values"), first, expected):
                    expect(f"{name}: {part}", actual, other, 6e-3, mean_gap)
                    expect(f"{name}: {part}, worst", actual, other, 0.15)
                again = run_attention(layer, *inputs)
                on.wait()
                if not all(torch.equal(a, b) for a, b in zip(first, again)):
                    failures.append(name + " twice")
                    print("BAD  not the same bytes twice:", name)


started = time.time()
for check in (check_attention, check_rows, check_layers, check_losses, check_weights):
    try:
        check()
    except Exception:
        failures.append(check.__name__)
        traceback.print_exc()
print(f"{len(failures)} failures {failures[:20]} ({time.time() - started:.0f} s)", flush=True)
if is_gpu and sys.argv[2:] != ["numbers"]:
    import timing

    timing.run(on, kernels, random, empty, integers, nf4_weights, buffers)
sys.exit(1 if failures else 0)
