"""Makes Fixtures/blocks.gguf and Fixtures/blocks.safetensors: tensors of every type, and what the `gguf` package makes of them.

    python Tests/CheckpointsTests/References/gguf_files.py

Numbers of the types that the package can write are rounded by it; blocks of the others are random bytes with scales that are
finite. Needs gguf, numpy and safetensors (written with 0.19, 2.4 and 0.8).
"""

import pathlib

import gguf
import numpy
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent.parent / "Fixtures"
draw = numpy.random.default_rng(5)
SHAPE = (3, 512)


def random_blocks(kind):
    """Random blocks; half-precision scales are where the format has them."""
    count, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = draw.integers(0, 256, (SHAPE[0] * SHAPE[1] // count, size), dtype=numpy.uint8)
    places = {Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208]}.get(kind, [0])
    for place in places:
        scales = draw.normal(0, 0.02, len(blocks)).astype(numpy.float16)
        scales[0] = 6e-8  # subnormal
        blocks[:, place:place + 2] = scales.view(numpy.uint8).reshape(-1, 2)
    return blocks.reshape(SHAPE[0], -1)


writer = gguf.GGUFWriter(here / "blocks.gguf", "test")
writer.add_uint32("test.integer", 7)
writer.add_float32("test.number", 0.1)
writer.add_bool("test.boolean", True)
writer.add_array("test.texts", ["a", "é", ""])
writer.add_array("test.integers", [1, -2, 3])
writer.add_array("test.numbers", [0.5, -1.25])
writer.add_array("test.lists", [[1, 2], [3]])
expected = {}
for kind in (Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q5_0, Type.Q4_K, Type.Q5_K, Type.Q6_K):
    numbers = draw.normal(0, 1, SHAPE).astype(numpy.float32)
    names = {kind.name.lower(): None}
    if kind in (Type.F32, Type.F16):
        data = numbers.astype(numpy.float16 if kind == Type.F16 else numpy.float32)
        names = {kind.name.lower(): data}
    elif kind in (Type.Q4_K, Type.Q5_K, Type.Q6_K):
        names = {kind.name.lower(): random_blocks(kind)}
    else:
        names = {kind.name.lower(): gguf.quants.quantize(numbers, kind)}
        if kind != Type.BF16:
            names[kind.name.lower() + "-random"] = random_blocks(kind)
    for name, data in names.items():
        writer.add_tensor(name, data, raw_dtype=kind)
        expected[name] = numpy.ascontiguousarray(gguf.quants.dequantize(data, kind).astype(numpy.float32)).reshape(SHAPE)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
save_file(expected, here / "blocks.safetensors")
print({name: float(abs(value).max()) for name, value in expected.items()})
