"""Makes Fixtures/adapter and Fixtures/class-adapter with PEFT, and checks what Sluice wrote.

    python check_folders.py            # makes the adapters' folders of the models in gemma2 and classes.safetensors
    python check_folders.py FOLDER     # checks folders that the tests wrote with SLUICE_WRITE_FOLDERS=FOLDER

The second loads FOLDER/checkpoint, /quantized and /merged with transformers and FOLDER/adapter and /class-adapter with PEFT,
and compares logits with those of the fixtures. Needs torch, transformers, peft, bitsandbytes and safetensors.
"""
import json
import os
import pathlib
import shutil
import sys

import bitsandbytes.functional as F
import torch
from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
from bitsandbytes.backends.utils import _get_4bit_code
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

FIXTURES = pathlib.Path(__file__).parent.parent / "Fixtures"


def base(name):
    with safe_open(FIXTURES / f"{name}.safetensors", "pt") as file:
        values = json.loads(file.metadata()["config"])
    config = AutoConfig.for_model(values.pop("model_type"), **values)
    config._attn_implementation = "eager"
    if name == "classes":
        config.num_labels = 3
    factory = AutoModelForSequenceClassification if name == "classes" else AutoModelForCausalLM
    model = factory.from_config(config).float().eval()
    tensors = load_file(FIXTURES / f"{name}.safetensors")
    model.load_state_dict({k[6:]: v for k, v in tensors.items() if k.startswith("model.")}, strict=False)
    if name != "classes":
        model.tie_weights()
    return model, tensors


def make():
    for name, folder in (("gemma2", "adapter"), ("classes", "class-adapter")):
        model, tensors = base(name)
        weights = {k[8:]: v for k, v in tensors.items() if k.startswith("adapter.")}
        targets = sorted({k.split(".")[-3] for k in weights if "lora_A" in k})
        peft = get_peft_model(model, LoraConfig(
            r=3, lora_alpha=6, target_modules=targets,
            task_type=TaskType.SEQ_CLS if name == "classes" else TaskType.CAUSAL_LM))
        for n, p in peft.named_parameters():
            key = n.replace(".default", "").replace("modules_to_save.", "")
            if key in weights:
                p.data = weights.pop(key)
        assert not weights, weights.keys()
        shutil.rmtree(FIXTURES / folder, ignore_errors=True)
        peft.save_pretrained(FIXTURES / folder)
        (FIXTURES / folder / "README.md").unlink(missing_ok=True)


def compare(what, model, tensors, prefix):
    worst = 0.0
    for index in range(3):
        tokens = tensors[f"tokens.{index}"].long()
        with torch.no_grad():
            logits = model(tokens[None]).logits[0]
        worst = max(worst, float((logits - tensors[f"{prefix}.{index}"]).abs().max()))
    print(f"{what}: largest difference {worst:.2g}")
    assert worst < 1e-4


def whole(model):
    """Its 4-bit layers made whole by bitsandbytes' plain code: that for processors needs rows of whole blocks."""
    layers = [(n, m) for n, m in model.named_modules() if type(m).__name__ == "Linear4bit"]
    assert len(layers) == 21
    for name, layer in layers:
        state = layer.weight.quant_state
        scales = F.dequantize_blockwise(state.absmax, state.state2) + state.offset
        weight = _dequantize_4bit_compute(
            layer.weight.data.reshape(-1), scales, _get_4bit_code("nf4", scales.device), 64, state.shape, torch.float32)
        plain = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=False)
        plain.weight.data = weight
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, plain)
    return model


def check(folder):
    folder = pathlib.Path(folder)
    model, tensors = base("gemma2")
    compare("adapter", PeftModel.from_pretrained(model, folder / "adapter").eval(), tensors, "logits")
    model, classes = base("classes")
    compare("class-adapter", PeftModel.from_pretrained(model, folder / "class-adapter").eval(), classes, "logits")
    load = dict(dtype=torch.float32, attn_implementation="eager")
    compare("checkpoint", AutoModelForCausalLM.from_pretrained(folder / "checkpoint", **load).eval(), tensors, "base")
    compare("merged", AutoModelForCausalLM.from_pretrained(folder / "merged", **load).eval(), tensors, "logits")
    merged = AutoModelForSequenceClassification.from_pretrained(folder / "class-merged", **load).eval()
    compare("class-merged", merged, classes, "logits")
    quantized = whole(AutoModelForCausalLM.from_pretrained(folder / "quantized", **load)).eval()
    expected = load_file(folder / "quantized-logits.safetensors")
    compare("quantized", quantized, dict(tensors, **expected), "quantized")


check(sys.argv[1]) if len(sys.argv) > 1 else make()
