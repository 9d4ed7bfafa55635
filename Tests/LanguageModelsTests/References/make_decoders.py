"""Makes Fixtures/*.safetensors: tiny random models of transformers and PEFT, their logits, losses and gradients.

Run with torch, transformers, peft and safetensors installed:

    python make_decoders.py [NAME…]

Each file holds the configuration in its metadata, `model.…` (the checkpoint's tensors), `adapter.…` (PEFT's names), `tokens.0`, `tokens.1`, …, and per sequence
`logits.0` …; `gradient.…` are those of the sum of the cross entropies at the last two positions of each sequence, for the
adapter (or, in `*-whole`, of the mean next-token loss for every number of the model). `classes` has a head of classes
instead of logits, and the cross entropy of class 1 for each sequence.
"""
import copy
import os
import sys

import torch
import torch.nn.functional as F
from peft import LoraConfig, TaskType, get_peft_model
from safetensors.torch import save_file
from transformers import (
    AutoModelForCausalLM, AutoModelForSequenceClassification, Gemma2Config, Gemma3TextConfig, LlamaConfig, MistralConfig,
    Phi3Config, Qwen2Config, Qwen3Config)

FOLDER = os.path.join(os.path.dirname(__file__), "..", "Fixtures")
SHAPE = dict(
    vocab_size=67, hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, pad_token_id=0, bos_token_id=1, eos_token_id=2)
ROPE = dict(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32, rope_type="llama3")
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
MODELS = {
    # The window of 8 is shorter than the sequences; scores and logits are large enough for their caps to matter.
    "gemma2": (Gemma2Config(
        **SHAPE, head_dim=8, sliding_window=8, query_pre_attn_scalar=12, attn_logit_softcapping=3.0,
        final_logit_softcapping=5.0), ALL),
    "llama31": (LlamaConfig(**SHAPE, rope_parameters=dict(rope_theta=10000.0, **ROPE)), ["q_proj", "k_proj", "v_proj"]),
    "llama-linear": (LlamaConfig(
        **SHAPE, rope_parameters=dict(rope_theta=10000.0, rope_type="linear", factor=4.0)), ["o_proj", "down_proj"]),
    "qwen2": (Qwen2Config(**SHAPE), ALL),
    "phi3": (Phi3Config(**SHAPE), ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]),
    # Heads are wider than hidden / heads, all queries share one key, windows are shorter than the text.
    "gemma3": (Gemma3TextConfig(
        **dict(SHAPE, num_hidden_layers=4, num_key_value_heads=1), head_dim=10, sliding_window=8, query_pre_attn_scalar=12,
        layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters={
            "full_attention": dict(rope_type="linear", factor=4.0, rope_theta=1e6),
            "sliding_attention": dict(rope_type="default", rope_theta=1e4)}), ALL),
    "qwen3": (Qwen3Config(**dict(SHAPE, num_key_value_heads=1), head_dim=10, tie_word_embeddings=True), ALL),
    "mistral": (MistralConfig(**SHAPE, head_dim=10, sliding_window=8), ["q_proj", "v_proj", "o_proj", "gate_proj"]),
    # Plain Llama 3.2: its head is its embedding.
    "llama32": (LlamaConfig(
        **dict(SHAPE, num_key_value_heads=1), tie_word_embeddings=True,
        rope_parameters=dict(ROPE, rope_theta=5e5, factor=32.0)), ["q_proj", "v_proj", "up_proj"]),
}


def randomize(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        scale = 0.1 if "norm" in name or "bias" in name else 0.25
        noise = torch.randn(parameter.shape, generator=generator) * scale
        with torch.no_grad():
            parameter.copy_(noise + (parameter if "norm" in name else 0))


def sequences(seed):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(3, 67, (length,), generator=generator) for length in (29, 1, 80)]


def plain(tensors):
    return {name: tensor.detach().to(torch.float32).contiguous().clone() for name, tensor in tensors.items()}


def checkpoint(model):
    return plain({
        "model." + name: tensor for name, tensor in model.state_dict().items()
        if not (name == "lm_head.weight" and model.config.tie_word_embeddings)})


def adapter_name(name):
    return name.replace(".default", "")


def write(name, tensors, config):
    path = os.path.join(FOLDER, name + ".safetensors")
    save_file(tensors, path, metadata={"config": config.to_json_string(use_diff=False)})
    print(name, os.path.getsize(path))


def label_loss(logits, tokens):
    # The label and what follows it: the last two tokens, each predicted by the position before.
    count = min(2, len(tokens) - 1)
    return F.cross_entropy(logits[-1 - count:-1], tokens[-count:], reduction="sum") if count else 0


def causal(name, config, targets, seed):
    config = copy.deepcopy(config)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config).float().eval()
    randomize(model, seed)
    tensors = checkpoint(model)
    for index, tokens in enumerate(sequences(seed)):
        tensors[f"tokens.{index}"] = tokens.to(torch.int32)
        tensors[f"base.{index}"] = plain({"": model(tokens[None]).logits[0]})[""]
    peft = get_peft_model(model, LoraConfig(
        r=3, lora_alpha=6, lora_dropout=0.0, target_modules=targets, task_type=TaskType.CAUSAL_LM))
    generator = torch.Generator().manual_seed(seed + 1)
    for parameter_name, parameter in peft.named_parameters():
        if "lora_B" in parameter_name:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.1
    loss = 0
    for index, tokens in enumerate(sequences(seed)):
        logits = peft(tokens[None]).logits[0]
        tensors[f"logits.{index}"] = plain({"": logits})[""]
        loss = loss + label_loss(logits, tokens)
    loss.backward()
    tensors["loss"] = torch.tensor([float(loss.detach())])
    for parameter_name, parameter in peft.named_parameters():
        if parameter.requires_grad:
            tensors.update(plain({
                "adapter." + adapter_name(parameter_name): parameter,
                "gradient." + adapter_name(parameter_name): parameter.grad}))
    write(name, tensors, model.config)


def whole(name, config, seed):
    config = copy.deepcopy(config)
    config._attn_implementation = "eager"
    model = AutoModelForCausalLM.from_config(config).float().train()
    randomize(model, seed)
    tensors = checkpoint(model)
    loss = 0
    count = sum(len(tokens) - 1 for tokens in sequences(seed))
    for index, tokens in enumerate(sequences(seed)):
        tensors[f"tokens.{index}"] = tokens.to(torch.int32)
        if len(tokens) > 1:
            logits = model(tokens[None]).logits[0]
            loss = loss + F.cross_entropy(logits[:-1], tokens[1:], reduction="sum") / count
    loss.backward()
    tensors["loss"] = torch.tensor([float(loss.detach())])
    tensors.update(plain({"gradient." + n: p.grad for n, p in model.named_parameters()}))
    write(name, tensors, model.config)


def classes(name, config, targets, seed):
    config = copy.deepcopy(config)
    config._attn_implementation = "eager"
    config.num_labels = 3
    model = AutoModelForSequenceClassification.from_config(config).float().eval()
    randomize(model, seed)
    tensors = {n: t for n, t in checkpoint(model).items() if "score" not in n}
    peft = get_peft_model(model, LoraConfig(
        r=3, lora_alpha=6, target_modules=targets, task_type=TaskType.SEQ_CLS))
    generator = torch.Generator().manual_seed(seed + 1)
    for parameter_name, parameter in peft.named_parameters():
        if "lora_B" in parameter_name:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.1
    loss = 0
    for index, tokens in enumerate(sequences(seed)):
        tensors[f"tokens.{index}"] = tokens.to(torch.int32)
        logits = peft(tokens[None]).logits[0]
        tensors[f"logits.{index}"] = plain({"": logits})[""]
        loss = loss + F.cross_entropy(logits[None], torch.tensor([1]))
    loss.backward()
    tensors["loss"] = torch.tensor([float(loss.detach())])
    for parameter_name, parameter in peft.named_parameters():
        if parameter.requires_grad:
            saved = adapter_name(parameter_name).replace("modules_to_save.", "")
            tensors.update(plain({"adapter." + saved: parameter, "gradient." + saved: parameter.grad}))
    write(name, tensors, model.config)


# The seeds of the first models stay what they were.
SEEDS = dict(zip(MODELS, [10, 11, 12, 13, 14, 30, 31, 32, 33], strict=True))
TASKS = {name: (lambda name=name: causal(name, *MODELS[name], SEEDS[name])) for name in MODELS} | {
    "gemma2-whole": lambda: whole("gemma2-whole", MODELS["gemma2"][0], 20),
    "qwen2-whole": lambda: whole("qwen2-whole", MODELS["qwen2"][0], 21),
    "classes": lambda: classes("classes", MODELS["gemma2"][0], ["q_proj", "v_proj", "up_proj"], 22),
    "gemma3-whole": lambda: whole("gemma3-whole", MODELS["gemma3"][0], 34),
    "qwen3-whole": lambda: whole("qwen3-whole", MODELS["qwen3"][0], 35),
}
for name in sys.argv[1:] or TASKS:
    TASKS[name]()
