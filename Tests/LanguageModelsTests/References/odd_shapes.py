"""Makes checkpoints of odd shapes, with what transformers computes for them: random models of every family.

    pip install torch==2.13.0 transformers==5.24.0 safetensors==0.8.0
    python Tests/LanguageModelsTests/References/odd_shapes.py                   # makes Fixtures/odd
    python Tests/LanguageModelsTests/References/odd_shapes.py FOLDER COUNT      # makes COUNT others, for `make test-parity`

Heads are as wide as they like, keys are shared by some, all or no queries, windows are shorter than the text, heads are tied or not,
numbers are F32, F16 or BF16, in one file or in shards, and `config.json` is in the spelling of transformers 5, as saved, or of
version 4. What is expected comes from the folder as it was written, read by `from_pretrained`: logits in single precision of a
text of 40 tokens and of one of a single token.
"""
import json
import pathlib
import random
import shutil
import sys

import torch
from safetensors.torch import save_file
from transformers import (
    AutoModelForCausalLM, Gemma2Config, Gemma3TextConfig, LlamaConfig, MistralConfig, Phi3Config, Qwen2Config, Qwen3Config)

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures" / "odd"
CLASSES = {
    "gemma2": Gemma2Config, "gemma3": Gemma3TextConfig, "llama": LlamaConfig, "mistral": MistralConfig, "phi3": Phi3Config,
    "qwen2": Qwen2Config, "qwen3": Qwen3Config}
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def rotary(family, draw):
    plain = {"rope_type": "default", "rope_theta": draw.choice([1e4, 5e5, 1e6, 123.0])}
    kinds = [
        plain, plain, dict(plain, rope_type="linear", factor=draw.choice([2.0, 8.0])),
        dict(
            plain, rope_type="llama3", factor=draw.choice([8.0, 32.0]), low_freq_factor=1.0, high_freq_factor=4.0,
            original_max_position_embeddings=draw.choice([16, 32]))]
    if family == "phi3":
        return plain
    if family == "gemma3":
        return {
            "full_attention": kinds[draw.choice([0, 2])],
            "sliding_attention": {"rope_type": "default", "rope_theta": draw.choice([1e4, 77.0])}}
    return draw.choice(kinds)


def settings(family, draw):
    keys = draw.choice([1, 1, 2, 3])
    heads = keys * draw.choice([1, 2, 3])
    head = draw.choice([2, 6, 10])
    hidden = heads * draw.choice([3, 4, 7])
    if family in ("phi3", "qwen2"):
        # The width of a head is not a setting of theirs.
        head, hidden = draw.choice([2, 4]), None
    hidden = hidden or heads * head
    values = dict(
        vocab_size=37, hidden_size=hidden, intermediate_size=draw.choice([7, 24]), num_hidden_layers=draw.choice([1, 2, 3]),
        num_attention_heads=heads, num_key_value_heads=keys, max_position_embeddings=64, pad_token_id=0, bos_token_id=1,
        eos_token_id=2, tie_word_embeddings=draw.random() < 0.5, rms_norm_eps=draw.choice([1e-5, 1e-6, 1e-2]),
        rope_parameters=rotary(family, draw))
    if family not in ("phi3", "qwen2"):
        values["head_dim"] = head
    window = draw.choice([1, 3, 8, 39, 200])
    if family in ("gemma2", "gemma3"):
        values.update(sliding_window=window, query_pre_attn_scalar=draw.choice([head, 5, 144]))
        if family == "gemma3":
            values["num_hidden_layers"] = draw.choice([2, 7])
        if draw.random() < 0.5:
            # Logits of a Gemma 2 that says nothing of its caps are capped; a null means none.
            values.update(final_logit_softcapping=draw.choice([2.0, None] if family == "gemma2" else [2.0]))
    elif family in ("mistral", "phi3"):
        values["sliding_window"] = draw.choice([window, None])
    elif family in ("qwen2", "qwen3") and draw.random() < 0.5:
        values.update(use_sliding_window=True, sliding_window=window, max_window_layers=draw.choice([0, 1]))
    return values


def old_spelling(config, family):
    """The members of version 4."""
    parameters = config.pop("rope_parameters")
    config["torch_dtype"] = config.pop("dtype")
    config.pop("layer_types", None)
    if family == "gemma3":
        config["rope_local_base_freq"] = parameters["sliding_attention"]["rope_theta"]
        config["sliding_window_pattern"] = 6
        parameters = parameters["full_attention"]
    config["rope_theta"] = parameters.pop("rope_theta")
    if parameters.get("rope_type") != "default":
        config["rope_scaling"] = parameters
    return config


def randomize(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator) * (0.1 if "norm" in name or "bias" in name else 0.4)
            parameter.copy_(noise + (parameter if "norm" in name else 0))


def make(folder, seed):
    draw = random.Random(seed)
    family = sorted(CLASSES)[seed % len(CLASSES)]
    kind = draw.choice(sorted(TYPES))
    is_sharded, is_old = draw.random() < 0.4, draw.random() < 0.5
    config = CLASSES[family](**settings(family, draw))
    model = AutoModelForCausalLM.from_config(config)
    randomize(model, seed)
    path = folder / f"{seed:03}-{family}"
    shutil.rmtree(path, ignore_errors=True)
    model.to(TYPES[kind]).save_pretrained(path, max_shard_size="3KB" if is_sharded else "1GB")
    (path / "generation_config.json").unlink(missing_ok=True)
    if is_old:
        written = json.loads((path / "config.json").read_text())
        (path / "config.json").write_text(json.dumps(old_spelling(written, family), indent=2, sort_keys=True) + "\n")
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for index, length in enumerate((40, 1)):
        tokens = torch.randint(3, 37, (length,), generator=generator)
        with torch.no_grad():
            logits = model(tokens[None]).logits[0]
        assert logits.isfinite().all()
        tensors |= {f"tokens.{index}": tokens.to(torch.int32), f"logits.{index}": logits.contiguous()}
    save_file(tensors, path / "expected.bin")
    print(path.name, kind, "shards" if is_sharded else "", "version 4" if is_old else "version 5", float(tensors["logits.0"].abs().max()))


def main():
    if len(sys.argv) > 1:
        for seed in range(100, 100 + int(sys.argv[2])):
            make(pathlib.Path(sys.argv[1]), seed)
    else:
        for seed in range(21):
            make(FIXTURES, seed)


if __name__ == "__main__":
    main()
