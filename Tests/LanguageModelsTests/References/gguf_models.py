"""Makes Fixtures/gguf/*.gguf and *.safetensors: tiny models of transformers as GGUF files, and their own tensors.

    python Tests/LanguageModelsTests/References/gguf_models.py            # makes the files
    python Tests/LanguageModelsTests/References/gguf_models.py FOLDER     # checks what the tests wrote there

Names of tensors are those of the `gguf` package's own tables, what is done to them (Llama's rows in pairs, one added to Gemma's
norms) is what llama.cpp's converter does. The second loads FOLDER/NAME with transformers, and the GGUF file by transformers' own
reader where it has the architecture, and compares logits. Needs gguf, numpy, safetensors, torch and transformers.
"""

import json
import pathlib
import sys

import gguf
import numpy
import torch
from safetensors.torch import save_file
from transformers import (
    AutoModelForCausalLM, Gemma2Config, Gemma3TextConfig, LlamaConfig, Phi3Config, Qwen2Config, Qwen3Config)

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures" / "gguf"
SHAPE = dict(
    vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=128, bos_token_id=1, eos_token_id=2, pad_token_id=0)
LLAMA3 = dict(
    rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192, rope_theta=5e5)
MODELS = {
    "gemma2": (Gemma2Config(**SHAPE, head_dim=8, query_pre_attn_scalar=8, sliding_window=6), gguf.MODEL_ARCH.GEMMA2),
    "gemma3": (Gemma3TextConfig(
        **dict(SHAPE, num_hidden_layers=7), head_dim=8, query_pre_attn_scalar=8, sliding_window=6), gguf.MODEL_ARCH.GEMMA3),
    "llama": (LlamaConfig(**SHAPE, rope_parameters=LLAMA3, head_dim=8), gguf.MODEL_ARCH.LLAMA),
    "phi3": (Phi3Config(**SHAPE, sliding_window=6), gguf.MODEL_ARCH.PHI3),
    "qwen2": (Qwen2Config(**SHAPE, tie_word_embeddings=True), gguf.MODEL_ARCH.QWEN2),
    "qwen3": (Qwen3Config(**SHAPE, head_dim=8), gguf.MODEL_ARCH.QWEN3),
}
TOKENS = torch.arange(3, 33)[None]


def randomize(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator) * (0.1 if "norm" in name or "bias" in name else 0.3)
            # Numbers that half precision has, so that files are small; one more than a norm's weight has to be one of them.
            parameter.copy_((noise + (parameter if "norm" in name else 0)).mul(256).round().div(256))


def paired(weights, heads):
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


def write(name, config, architecture, model):
    writer = gguf.GGUFWriter(FIXTURES / f"{name}.gguf", gguf.MODEL_ARCH_NAMES[architecture])
    writer.add_type("model")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    parameters = config.rope_parameters
    writer.add_rope_freq_base(parameters.get("full_attention", parameters)["rope_theta"])
    if name.startswith("gemma") or name == "phi3":
        writer.add_sliding_window(config.sliding_window)
    if name == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    for key, tensor in model.state_dict().items():
        if key == "lm_head.weight" and config.tie_word_embeddings:
            continue
        data = tensor.numpy()
        if name.startswith("gemma") and key.endswith("norm.weight"):
            data = data + 1
        if name == "llama" and key.endswith("q_proj.weight"):
            data = paired(data, config.num_attention_heads)
        if name == "llama" and key.endswith("k_proj.weight"):
            data = paired(data, config.num_key_value_heads)
        half = data.astype(numpy.float16)
        assert (half.astype(numpy.float32) == data).all(), key
        # Vectors are in single precision there.
        writer.add_tensor(names.get_name(key, try_suffixes=(".weight", ".bias")), half if data.ndim > 1 else data)
    if parameters.get("rope_type") == "llama3":
        rotary = model.model.rotary_emb
        plain = 1 / parameters["rope_theta"] ** (numpy.arange(0, head, 2) / head)
        writer.add_tensor("rope_freqs.weight", (plain / rotary.inv_freq.numpy()).astype(numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make():
    FIXTURES.mkdir(exist_ok=True)
    for seed, (name, (config, architecture)) in enumerate(MODELS.items()):
        config._attn_implementation = "eager"
        model = AutoModelForCausalLM.from_config(config).float().eval()
        randomize(model, 50 + seed)
        write(name, config, architecture, model)
        tensors = {
            key: tensor.to(torch.float16).contiguous().clone() for key, tensor in model.state_dict().items()
            if not (key == "lm_head.weight" and config.tie_word_embeddings)}
        save_file(tensors, FIXTURES / f"{name}.safetensors", metadata={"config": config.to_json_string(use_diff=False)})
        print(name, (FIXTURES / f"{name}.gguf").stat().st_size, float(model(TOKENS).logits.abs().max()))


def check(folder):
    for seed, (name, (config, _)) in enumerate(MODELS.items()):
        config._attn_implementation = "eager"
        model = AutoModelForCausalLM.from_config(config).float().eval()
        randomize(model, 50 + seed)
        expected = model(TOKENS).logits
        imported = AutoModelForCausalLM.from_pretrained(
            pathlib.Path(folder) / name, dtype=torch.float32, attn_implementation="eager").eval()
        print(name, "imported", float((imported(TOKENS).logits - expected).abs().max()))
        try:
            read = AutoModelForCausalLM.from_pretrained(
                FIXTURES, gguf_file=f"{name}.gguf", dtype=torch.float32, attn_implementation="eager").eval()
            print(name, "transformers' reader", float((read(TOKENS).logits - expected).abs().max()))
        except Exception as error:
            print(name, "transformers' reader:", repr(error)[:200])


check(sys.argv[1]) if len(sys.argv) > 1 else make()
