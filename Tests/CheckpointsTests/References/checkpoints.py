"""Makes the fixtures of CheckpointsTests with safetensors and transformers. Seeded; run from anywhere:

    python Tests/CheckpointsTests/References/checkpoints.py

Needs torch, safetensors and transformers (written with 2.15, 0.7 and 5.23).
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import Gemma2Config, LlamaConfig, Phi3Config, Qwen2Config

here = pathlib.Path(__file__).parent.parent / "Fixtures"
here.mkdir(exist_ok=True)

# Tensors of every type that is read, among them numbers that rounding treats specially.
torch.manual_seed(7)
special = torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 65519.9, 65520.0, 1e-8, 5.9604645e-8, 6.1e-5, 3.14159274, 1.00390625,
                        1.01171875, 1e30, -1e-30, float("inf"), float("-inf")])
numbers = torch.cat([special, torch.randn(15)]).reshape(4, 8)
save_file(
    {
        "a.f32": numbers,
        "b.bf16": numbers.to(torch.bfloat16),
        "c.f16": numbers.to(torch.float16),
        "d.u8": torch.arange(7, dtype=torch.uint8),
        "e.scalar": torch.tensor(2.5),
        "f.empty": torch.zeros(0, 3),
    },
    here / "types.safetensors",
    metadata={"format": "pt"},
)

# Configurations, as transformers 5 writes them.
small = dict(vocab_size=99, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, head_dim=8)
llama3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=64)
configurations = {
    "gemma2": Gemma2Config(**small, sliding_window=16, query_pre_attn_scalar=12, pad_token_id=0, eos_token_id=[1, 5]),
    "llama3": LlamaConfig(**small, rope_theta=5e5, rope_scaling=llama3, tie_word_embeddings=True),
    "llama-linear": LlamaConfig(**small, rope_scaling=dict(rope_type="linear", factor=2.0)),
    "qwen2": Qwen2Config(**small, use_sliding_window=True, sliding_window=16, max_window_layers=1),
    "phi3": Phi3Config(**small, sliding_window=20, pad_token_id=0, eos_token_id=7),
}
for name, configuration in configurations.items():
    (here / f"{name}.json").write_text(configuration.to_json_string(use_diff=False))
