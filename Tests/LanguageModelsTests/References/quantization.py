"""Makes Fixtures/nf4 and Fixtures/dynamic.safetensors with bitsandbytes on a processor. Seeded; run from anywhere:

    python Tests/LanguageModelsTests/References/quantization.py

Needs torch, safetensors and bitsandbytes (written with 2.15, 0.7 and 0.50.2).
"""

import pathlib

import bitsandbytes.functional as F
import torch
from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
from bitsandbytes.backends.utils import _get_4bit_code
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent.parent / "Fixtures"
# The mean of scales is summed in an order that goes by the number of threads.
torch.set_num_threads(1)
torch.manual_seed(11)

wide = torch.randn(300, 128)
wide[3] = 0  # blocks of zeros
wide[5, 7] = 40  # an outlier
sources = {
    "wide": (wide * 0.02).to(torch.bfloat16),
    "odd": torch.randn(21, 99),  # blocks across rows, and a last one that is short
    "half": torch.randn(64, 64).to(torch.float16),
    "zero": torch.zeros(2, 64),
}
tensors = {}
for name, source in sources.items():
    codes, state = F.quantize_4bit(source, compress_statistics=True, quant_type="nf4")
    tensors[f"{name}.weight"] = codes
    for key, value in state.as_dict(packed=True).items():
        tensors[f"{name}.weight.{key}"] = value.clone()
    scales = F.dequantize_blockwise(state.absmax, state.state2) + state.offset
    tensors[f"{name}.source"] = source.clone()
    if name == "wide":
        continue  # large, and nothing new
    # The plain implementation: the processor's needs rows of whole blocks.
    tensors[f"{name}.expected"] = _dequantize_4bit_compute(
        codes.reshape(-1), scales, _get_4bit_code("nf4", codes.device), 64, source.shape, torch.float32)
(here / "nf4").mkdir(exist_ok=True)
save_file(tensors, here / "nf4" / "model.safetensors", metadata={"format": "pt"})

# The code books, and the codes of numbers between their values.
numbers = torch.cat([torch.linspace(-1, 1, 999), torch.randn(500).clamp(-1, 1) * 1e-3, torch.randn(500).clamp(-1, 1) * 1e-6])
save_file(
    {
        "signed": F.create_dynamic_map(signed=True),
        "unsigned": F.create_dynamic_map(signed=False),
        "numbers": numbers,
        "signed.codes": torch.bucketize(numbers, (F.create_dynamic_map(True)[:-1] + F.create_dynamic_map(True)[1:]) / 2).to(torch.uint8),
        "unsigned.codes": torch.bucketize(numbers.abs(), (F.create_dynamic_map(False)[:-1] + F.create_dynamic_map(False)[1:]) / 2).to(torch.uint8),
    },
    here / "dynamic.safetensors", metadata={"format": "pt"})
