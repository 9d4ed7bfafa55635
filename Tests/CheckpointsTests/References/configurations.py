"""Makes Fixtures/configurations.json: files `config.json` of every family, key by key, and what transformers makes of them.

    python Tests/CheckpointsTests/References/configurations.py [FILE]

For each family: a file that says next to nothing, files with null for each key, and with other values of each key. What is compared is
what the model's own modules have: widths and scales of attention, windows of each layer, frequencies, the activation's values,
the norms' epsilon, caps. Files that transformers refuses are there too. With FILE, the result is compared with that file instead
of written: of another version of transformers, say. Needs torch and transformers (written with 5.24, compared with 4.57).
"""

import json
import os
import pathlib
import sys
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")

import torch
from transformers import AutoConfig
from transformers.models.gemma2 import modeling_gemma2
from transformers.models.gemma3 import modeling_gemma3
from transformers.models.llama import modeling_llama
from transformers.models.mistral import modeling_mistral
from transformers.models.phi3 import modeling_phi3
from transformers.models.qwen2 import modeling_qwen2
from transformers.models.qwen3 import modeling_qwen3

FILE = pathlib.Path(__file__).parent.parent / "Fixtures" / "configurations.json"
CLASSES = {
    "gemma2": (modeling_gemma2, "Gemma2"), "gemma3_text": (modeling_gemma3, "Gemma3"), "llama": (modeling_llama, "Llama"),
    "mistral": (modeling_mistral, "Mistral"), "phi3": (modeling_phi3, "Phi3"), "qwen2": (modeling_qwen2, "Qwen2"),
    "qwen3": (modeling_qwen3, "Qwen3")}
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
LINEAR = dict(rope_type="linear", factor=2.0)
MIXED = ["full_attention", "sliding_attention"] * 3 + ["full_attention"]
# Every key that some family reads, and other values than the defaults. None of transformers' own: they are removed, or null.
VALUES = {
    "vocab_size": [40000], "hidden_size": [2048], "intermediate_size": [56], "num_hidden_layers": [3],
    "num_attention_heads": [16], "num_key_value_heads": [1, 4], "head_dim": [16], "max_position_embeddings": [100],
    "rms_norm_eps": [1e-3], "hidden_act": ["silu", "gelu_pytorch_tanh", "gelu", "relu"],
    "hidden_activation": ["silu", "gelu_pytorch_tanh", "gelu_new", "gelu"], "rope_theta": [5e5],
    "rope_local_base_freq": [3e4], "query_pre_attn_scalar": [12], "attn_logit_softcapping": [3.0],
    "final_logit_softcapping": [5.0], "sliding_window": [9], "sliding_window_pattern": [2, 3], "use_sliding_window": [True, False],
    "max_window_layers": [2], "layer_types": [MIXED], "tie_word_embeddings": [True, False], "bos_token_id": [7],
    "eos_token_id": [7, [7, 9]], "rope_scaling": [LLAMA3, LINEAR, {"rope_type": "default"}, {"type": "linear", "factor": 4.0}, {}],
    "rope_parameters": [
        {"rope_type": "default", "rope_theta": 5e5}, {"rope_theta": 5e5, **LLAMA3}, {"rope_theta": 5e5, **LINEAR}, LINEAR, {},
        {"full_attention": {"rope_type": "default", "rope_theta": 2e6},
         "sliding_attention": {"rope_type": "default", "rope_theta": 2e4}},
        {"full_attention": {"rope_theta": 2e6, **LINEAR}}],
    "attention_bias": [False], "mlp_bias": [False], "partial_rotary_factor": [1.0], "use_bidirectional_attention": [False]}
# Files with several keys that belong together.
TOGETHER = [
    dict(use_sliding_window=True, sliding_window=9, max_window_layers=3),
    dict(use_sliding_window=True, sliding_window=9, layer_types=MIXED),
    dict(use_sliding_window=True, max_window_layers=3), dict(use_sliding_window=True, sliding_window=None),
    dict(use_sliding_window=False, sliding_window=9, layer_types=MIXED), dict(sliding_window=None, layer_types=["full_attention"] * 7),
    dict(rope_theta=5e5, rope_scaling=LLAMA3), dict(rope_theta=5e5, rope_scaling=LINEAR), dict(rope_theta=5e5, rope_scaling=None),
    dict(rope_theta=5e5, rope_local_base_freq=3e4, rope_scaling=LINEAR),
    dict(rope_theta=5e5, rope_parameters={"rope_type": "default", "rope_theta": 2e5}),
    dict(rope_parameters=LINEAR, rope_theta=5e5)]


def cases(family):
    # Nearly everything is absent in all of them: that is what is compared first.
    base = dict(model_type=family, num_hidden_layers=7, head_dim=8)
    yield base
    yield dict(model_type=family, num_hidden_layers=7)
    yield dict(model_type=family, head_dim=8)
    yield dict(model_type=family, head_dim=8, num_hidden_layers=40)
    for key in VALUES:
        yield dict(base, **{key: None})
        for value in VALUES[key]:
            yield dict(base, **{key: value})
    for keys in TOGETHER:
        yield dict(base, **keys)


def is_only_read_here(file):
    """A Gemma 3 whose layers are all of one kind, which transformers' class cannot be made of."""
    return file["model_type"] == "gemma3_text" and (
        file.get("num_hidden_layers") == 3 or file.get("layer_types") == ["full_attention"] * 7)


def frequencies(rotary, kind):
    for name in ([f"{kind}_inv_freq"] if kind else []) + ["inv_freq"]:
        if hasattr(rotary, name):
            return [float(value) for value in getattr(rotary, name)]
    raise ValueError("no frequencies")


def model(family, config):
    module, name = CLASSES[family]
    rotary = getattr(module, name + "RotaryEmbedding")(config)
    local = None
    if family == "gemma3_text":
        if not hasattr(rotary, "sliding_attention_inv_freq"):
            # Version 4 has a separate module for layers with a window, created as in its text model.
            import copy
            other = copy.deepcopy(config)
            other.rope_theta, other.rope_scaling = config.rope_local_base_freq, {"rope_type": "default"}
            local = frequencies(getattr(module, name + "RotaryEmbedding")(other), None)
        else:
            local = frequencies(rotary, "sliding_attention")
    layers = []
    types = getattr(config, "layer_types", None)
    with torch.device("meta"):
        for index in range(config.num_hidden_layers):
            attention = getattr(module, name + "Attention")(config, index)
            window = getattr(attention, "sliding_window", None)
            if family in ("mistral", "phi3"):
                window = config.sliding_window
            if types and family.startswith(("gemma", "qwen")) and types[index] == "sliding_attention" and window is None:
                raise ValueError("a layer with a window that has no width")
            layers.append(window)
        mlp = getattr(module, name + "MLP")(config)
        norm = getattr(module, name + "RMSNorm")(attention.head_dim, eps=config.rms_norm_eps)
    is_gemma = family.startswith("gemma")
    activation = getattr(mlp, "act_fn", None) or mlp.activation_fn
    tokens = config.eos_token_id
    return dict(
        vocab_size=config.vocab_size, hidden_size=config.hidden_size, intermediate_size=config.intermediate_size,
        heads=config.num_attention_heads, key_heads=config.num_attention_heads // attention.num_key_value_groups,
        head_size=attention.head_dim, positions=config.max_position_embeddings,
        epsilon=getattr(norm, "eps", None) or norm.variance_epsilon,
        activation=[float(value) for value in activation(torch.tensor([-1.5, -0.3, 0.7, 2.0]))],
        frequencies=frequencies(rotary, "full_attention"), sliding_frequencies=local, scale=attention.scaling,
        attention_cap=getattr(config, "attn_logit_softcapping", None) if is_gemma else None,
        logit_cap=getattr(config, "final_logit_softcapping", None) if is_gemma else None, windows=layers,
        tied=bool(config.tie_word_embeddings), begin=config.bos_token_id,
        end=tokens if isinstance(tokens, list) else [] if tokens is None else [tokens])


def made(family, file):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "config.json").write_text(json.dumps(file))
        try:
            return model(family, AutoConfig.from_pretrained(folder))
        except Exception as error:
            if os.environ.get("SHOW"):
                print(family, file, repr(error)[:200], file=sys.stderr)
            return None


def main():
    result, models = [], [None]
    for family in CLASSES:
        seen = []
        for file in cases(family):
            if file not in seen and not is_only_read_here(file):
                seen.append(file)
                own = made(family, file)
                if own not in models:
                    models.append(own)
                result.append(dict(file=json.dumps(file), model=models.index(own)))
    if len(sys.argv) > 1:
        expected = json.loads(pathlib.Path(sys.argv[1]).read_text())
        for own, other in zip(result, expected["files"], strict=True):
            assert own["file"] == other["file"]
            here, there = models[own["model"]] or {}, expected["models"][other["model"]] or {}
            differing = {key: (here.get(key), there.get(key)) for key in here | there if here.get(key) != there.get(key)}
            if differing:
                print(own["file"], "refused here" if not here else "refused there" if not there else differing)
        return
    parts = [f'"{name}": [\n' + ",\n".join(map(json.dumps, values)) + "\n]"
             for name, values in (("models", models), ("files", result))]
    FILE.write_text("{" + ", ".join(parts) + "}\n")
    print(len(result), "files,", sum(case["model"] == 0 for case in result), "of them refused")


main()
