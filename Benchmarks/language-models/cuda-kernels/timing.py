"""Speeds of kernels on a GPU, beside PyTorch's and a copy's."""

import torch

from launching import Attention


def seconds(body, times=10):
    """The mean duration of a call, on the GPU."""
    for _ in range(3):
        body()
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    for _ in range(times):
        body()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / 1e3 / times


def run(on, kernels, random, empty, integers, nf4_weights, buffers, rows=8192, lengths=(1200,) * 8):
    bandwidth(kernels, random, empty, integers, nf4_weights, rows)
    attention(on, random, buffers, list(lengths))


def bandwidth(kernels, random, empty, integers, nf4_weights, rows):
    x = random(rows << 16)
    y = torch.empty_like(x)
    rate = 2 * x.numel() * 2 / seconds(lambda: y.copy_(x)) / 1e12
    print(f"\na copy moves {rate:.2f} TB/s on {torch.cuda.get_device_name()}; a copy's share of kernels:")
    del x, y

    def line(name, body, moved):
        time = seconds(body)
        print(f"  {name:<52} {time * 1e6:9.1f} µs {moved / time / 1e12:6.2f} TB/s {moved / time / 1e12 / rate:6.0%}", flush=True)

    positions = integers(range(rows))
    for hidden, width, heads, size in [(3584, 14336, 16, 256), (4096, 14336, 32, 128)]:
        stream, normed = random(rows, hidden, dtype=torch.float32), random(rows, hidden)
        gain = random(hidden, dtype=torch.float32)
        count = rows * hidden
        shape = f"({rows}, {hidden})"
        line(f"norm f32 → bf16 {shape}", lambda: kernels.normalize(stream, gain, 1e-6, False, normed), count * 6)
        line(f"norm bf16, added to f32 {shape}", lambda: kernels.normalize(normed, gain, 1e-6, True, stream), count * 10)
        line(f"norm backward f32, bf16, added to f32 {shape}",
             lambda: kernels.normalize_backward(stream, gain, 1e-6, normed, True, stream), count * 10)
        line(f"norm backward bf16, f32 → bf16 {shape}",
             lambda: kernels.normalize_backward(normed, gain, 1e-6, stream, False, normed), count * 8)
        line(f"dropout {shape}", lambda: kernels.drop(normed, positions, 0.1, 1 << 40, normed), count * 4)
        line(f"dropout backward {shape}", lambda: kernels.drop(normed, positions, 0.1, 1 << 40, normed, True), count * 4)
        line(f"add bf16 to f32 {shape}", lambda: kernels.add(normed, stream), count * 10)
        line(f"convert f32 → bf16 {shape}", lambda: kernels.convert(stream, normed), count * 6)
        line(f"gather bf16 {shape}", lambda: kernels.take_rows(normed, positions, 1, normed), count * 4)
        gates, gated = random(rows, 2 * width), random(rows, width)
        for activation in ("gelu", "silu"):
            line(f"{activation} ({rows}, {width})", lambda: kernels.gate(activation, gates, gated), rows * width * 6)
            line(f"{activation} backward ({rows}, {width})", lambda: kernels.gate_backward(activation, gates, gated),
                 rows * width * 10)
        x = random(rows, heads * size)
        table = random(rows, size, dtype=torch.float32)
        line(f"rotation ({rows}, {heads * size})", lambda: kernels.rotate(x, heads, size, positions, table, False),
             x.numel() * 4)
        line(f"norms of heads ({rows}, {heads * size})",
             lambda: kernels.normalize_heads(x, x, heads, size, table, 1e-6), x.numel() * 4)
        # A byte of codes for two elements of two bytes, and a scale for 64.
        weights = nf4_weights(width * hidden)
        panel = empty(width, hidden)
        line(f"NF4 → bf16 ({width}, {hidden})", lambda: kernels.expand(*weights, 0, panel),
             int(width * hidden * (2.5 + 1 / 64)))
        del gates, gated, x, panel, stream, normed
    rows, classes = min(rows, 64), min(rows * 32, 256_000)
    logits = random(rows, classes, dtype=torch.float32)
    losses = empty(rows, dtype=torch.float64)
    factors = torch.ones(rows, 3, dtype=torch.float64, device=logits.device)
    starts, targets = integers(range(rows + 1)), integers([5] * rows)
    line(f"cross entropy ({rows}, {classes}), 4 passes",
         lambda: kernels.cross_entropy(logits, 30.0, starts, targets, factors, factors, losses, logits, 1),
         rows * classes * 16)
    parameters = [random(50_000_000, dtype=torch.float32).abs() for _ in range(4)]
    line("AdamW, 50 million", lambda: kernels.adamw(*parameters, [0.9, 0.999, 0.1, 0.001, 1, 1e-3, 1, 1e-8]),
         parameters[0].numel() * 28)


# Variants of tiles by width: 16-row parts, warps, passing rows; of the backward pass for keys also the blocks that share a
# multiprocessor's registers.
FORWARD = {64: [(1, 4, 64), (2, 4, 128), (2, 4, 64)], 128: [(1, 4, 64), (2, 4, 64), (1, 4, 32)],
           256: [(1, 4, 64), (1, 4, 32), (1, 8, 64)]}
QUERIES = {64: [(1, 4, 64), (2, 4, 32)], 128: [(1, 4, 32), (1, 4, 64), (2, 4, 32)], 256: [(1, 4, 32), (1, 8, 32)]}
KEYS = {64: [(2, 4, 32, 2), (1, 4, 64, 2)], 128: [(2, 4, 32, 1), (1, 4, 64, 1), (1, 4, 32, 2)],
        256: [(1, 4, 32, 1), (1, 4, 64, 1)]}


def attention(on, random, buffers, lengths):
    for size, heads, key_heads in [(64, 32, 8), (128, 32, 8), (256, 16, 8)]:
        sequence, count = lengths[0], len(lengths)
        # Half of the scores are computed: 4 · size operations each, forward.
        work = 2 * size * heads * count * sequence * (sequence + 1)
        print(f"\nattention of {size}: {heads} heads, {key_heads} key heads, {count} × {sequence}", flush=True)
        compare(size, heads, key_heads, sequence, count, work, random)
        for cap in (None, 50.0):
            layer = Attention(on, heads, key_heads, size, size**-0.5, cap, None, lengths)
            queries, keys_values, d_output = buffers(layer)
            output = torch.empty_like(queries)
            logarithms = torch.empty(heads, layer.rows, device=queries.device)
            deltas = torch.empty_like(logarithms)
            d_queries, d_keys_values = torch.empty_like(queries), torch.empty_like(keys_values)
            layer.attend(queries, keys_values, output, logarithms)
            layer.deltas(output, d_output, deltas)
            forward = seconds(lambda: layer.attend(queries, keys_values, output, logarithms))
            delta = seconds(lambda: layer.deltas(output, d_output, deltas))
            by_query = seconds(lambda: layer.backward_queries(queries, keys_values, logarithms, deltas, d_output, d_queries))
            by_key = seconds(lambda: layer.backward_keys(queries, keys_values, logarithms, deltas, d_output, d_keys_values))
            total = delta + by_query + by_key
            print(f"  cap {cap}: forward {forward * 1e6:.0f} µs {work / forward / 1e12:.0f} TFLOP/s; backward {total * 1e6:.0f} "
                  f"µs {2.5 * work / total / 1e12:.0f} TFLOP/s (deltas {delta * 1e6:.0f}, queries {by_query * 1e6:.0f}, keys "
                  f"{by_key * 1e6:.0f})", flush=True)
        variants(on, size, heads, key_heads, lengths, work, queries, keys_values, d_output, output, logarithms, deltas,
                 d_queries, d_keys_values)


def compare(size, heads, key_heads, sequence, count, work, random):
    q = random(count, heads, sequence, size).requires_grad_()
    k = random(count, key_heads, sequence, size).requires_grad_()
    v = random(count, key_heads, sequence, size).requires_grad_()
    wide_k, wide_v = (x.detach().repeat_interleave(heads // key_heads, 1).requires_grad_() for x in (k, v))
    above = random(count, heads, sequence, size)
    sdpa = torch.nn.functional.scaled_dot_product_attention
    for name, backend in [("flash", torch.nn.attention.SDPBackend.FLASH_ATTENTION),
                          ("cuDNN", torch.nn.attention.SDPBackend.CUDNN_ATTENTION)]:
        try:
            with torch.nn.attention.sdpa_kernel(backend):
                forward = seconds(lambda: sdpa(q, wide_k, wide_v, is_causal=True))
                output = sdpa(q, wide_k, wide_v, is_causal=True)
                backward = seconds(lambda: torch.autograd.grad(output, (q, wide_k, wide_v), above, retain_graph=True))
            print(f"  PyTorch's {name}, keys repeated: forward {forward * 1e6:.0f} µs {work / forward / 1e12:.0f} TFLOP/s; "
                  f"backward {backward * 1e6:.0f} µs {2.5 * work / backward / 1e12:.0f} TFLOP/s", flush=True)
        except RuntimeError as error:
            print(f"  PyTorch's {name}: {str(error)[:80]}", flush=True)


def variants(on, size, heads, key_heads, lengths, work, queries, keys_values, d_output, output, logarithms, deltas,
             d_queries, d_keys_values):
    def layer(queries=64, keys=64, forward=64, backward=64, passing=64, names=None, warps=4):
        tiles = (queries, keys, forward, backward, passing)
        made = Attention(on, heads, key_heads, size, size**-0.5, None, None, lengths, tiles=tiles, names=names)
        made.block = 32 * warps
        made.key_block = 64 * warps
        return made

    def line(name, body, factor, result, expected):
        try:
            time = seconds(body)
            # Whatever it is, a variant computes the same.
            error = ((result.float() - expected).abs().max() / expected.abs().max()).item()
            print(f"    {name:<40} {time * 1e6:8.0f} µs {factor * work / time / 1e12:5.0f} TFLOP/s"
                  f"{'' if error < 2e-2 else f' WRONG {error}'}", flush=True)
        except (AssertionError, KeyError) as error:
            print(f"    {name:<40} {error}", flush=True)

    base = Attention(on, heads, key_heads, size, size**-0.5, None, None, lengths)
    base.attend(queries, keys_values, output, logarithms)
    base.deltas(output, d_output, deltas)
    base.backward_queries(queries, keys_values, logarithms, deltas, d_output, d_queries)
    base.backward_keys(queries, keys_values, logarithms, deltas, d_output, d_keys_values)
    expected = output.float(), d_queries.float(), d_keys_values.float()
    for parts, warps, keys in FORWARD[size]:
        name = f"forward_{size}_{parts}_{warps}_{keys}"
        tried = layer(queries=16 * parts * warps, forward=keys, names=[name] * 3, warps=warps)
        line(name, lambda: tried.attend(queries, keys_values, output, logarithms), 1, output, expected[0])
    for parts, warps, keys in QUERIES[size]:
        name = f"queries_{size}_{parts}_{warps}_{keys}"
        tried = layer(queries=16 * parts * warps, backward=keys, names=[name] * 3, warps=warps)
        line(name, lambda: tried.backward_queries(queries, keys_values, logarithms, deltas, d_output, d_queries), 1.5,
             d_queries, expected[1])
    for parts, warps, passing, blocks in KEYS[size]:
        name = f"keys_{size}_{parts}_{warps}_{passing}_{blocks}"
        tried = layer(keys=16 * parts * warps, passing=passing, names=[name] * 3, warps=warps)
        line(name, lambda: tried.backward_keys(queries, keys_values, logarithms, deltas, d_output, d_keys_values), 2,
             d_keys_values, expected[2])
