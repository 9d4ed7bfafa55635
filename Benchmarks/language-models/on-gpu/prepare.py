"""Makes what `run` compares on a GPU: a small Gemma-2 of random weights, an adapter whose B is not zero, and rows.

    prepare.py FOLDER

Needs torch, transformers, peft and safetensors; takes a minute on a processor."""
import json
import pathlib
import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import Gemma2Config, Gemma2ForCausalLM

folder = pathlib.Path(sys.argv[1])
torch.manual_seed(11)
config = Gemma2Config(
    vocab_size=4096, hidden_size=512, intermediate_size=1024, num_hidden_layers=6, num_attention_heads=4,
    num_key_value_heads=2, head_dim=128, max_position_embeddings=2048, query_pre_attn_scalar=128,
    sliding_window=256, hidden_activation="gelu_pytorch_tanh", tie_word_embeddings=True,
    attn_logit_softcapping=50.0, final_logit_softcapping=30.0, eos_token_id=1, bos_token_id=2, pad_token_id=0)
model = Gemma2ForCausalLM(config).to(torch.bfloat16)
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if "norm" in name:
            parameter.normal_(0, 0.2)
        elif parameter.dim() == 2:
            parameter.normal_(0, 0.04)
model.save_pretrained(folder / "model")

adapted = get_peft_model(
    model.float(),
    LoraConfig(
        r=16, lora_alpha=32, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]))
with torch.no_grad():
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            parameter.normal_(0, 0.02)
adapted.save_pretrained(folder / "adapter")

generator = torch.Generator().manual_seed(5)
prompts, labels = [], []
for row in range(24):
    length = int(torch.randint(40, 700, (1,), generator=generator))
    label = row % 3
    tokens = torch.randint(20, 4096, (length,), generator=generator).tolist()
    # The label can be learned: it is in the last tokens.
    tokens[-3:] = [100 + label] * 3
    prompts.append([2] + tokens)
    labels.append(label)
rows = {"prompts": prompts, "labels": labels, "answers": [10, 11, 12], "end": 1, "learningRate": 2e-4}
(folder / "rows.json").write_text(json.dumps(rows))
