"""Makes adapters of every kind that PEFT has, on small models of every family, with what PEFT computes: for `make test-parity`.

    python Tests/LanguageModelsTests/References/adapters.py FOLDER COUNT

Each folder has `checkpoint`, `adapter` as PEFT saves it, and `expected.bin` with a text and its logits. What is not LoRA, or has
settings that change the arithmetic, may be refused; what is read must give the same logits. A file `must` means that it is read.
"""
import inspect
import json
import pathlib
import random
import shutil
import sys
import warnings

import peft
import torch
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from odd_shapes import CLASSES, randomize, settings

ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
MLP = ["gate_proj", "up_proj", "down_proj"]


def modules(family):
    return ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"] if family == "phi3" else ATTENTION + MLP


def plain(draw, family):
    """Settings of LoRA that every reader has to have."""
    names = modules(family)
    targets = draw.choice([draw.sample(names, draw.randint(1, len(names))), names, "all-linear"])
    return dict(
        r=draw.choice([1, 2, 3, 8]), lora_alpha=draw.choice([1, 4, 16, 3]), target_modules=targets,
        lora_dropout=draw.choice([0, 0.1]), use_rslora=draw.random() < 0.3,
        init_lora_weights=draw.choice([True, False, "gaussian"]))


def odd(draw, family):
    """Settings that change what LoRA computes."""
    name = draw.choice(modules(family))
    return draw.choice([
        dict(init_lora_weights="pissa"), dict(init_lora_weights="olora"), dict(use_dora=True), dict(lora_bias=True),
        dict(rank_pattern={name: 5}), dict(alpha_pattern={name: 31}), dict(layers_to_transform=[0]),
        dict(modules_to_save=["embed_tokens"]), dict(modules_to_save=["norm"]), dict(exclude_modules=[name]),
        dict(target_modules=r".*\.(q_proj|qkv_proj|down_proj)"), dict(target_modules=["embed_tokens", modules(family)[0]]),
        dict(target_modules=["lm_head"]), dict(trainable_token_indices=[3, 4]), dict(bias="all"), dict(init_lora_weights="orthogonal"),
    ])


def others():
    """The configurations of everything that is not LoRA."""
    for name, kind in sorted(vars(peft).items()):
        if inspect.isclass(kind) and issubclass(kind, peft.PeftConfig) and name.endswith("Config") and name not in (
                "LoraConfig", "PeftConfig", "PromptLearningConfig", "XLoraConfig"):
            yield name, kind


def built(draw, family, number):
    """A configuration, and whether it must be read."""
    if number % 4 < 2:
        return LoraConfig(task_type=TaskType.CAUSAL_LM, **plain(draw, family)), True
    if number % 4 == 2:
        return LoraConfig(task_type=TaskType.CAUSAL_LM, **{**plain(draw, family), **odd(draw, family)}), False
    kinds = list(others())
    name, kind = kinds[number // 4 % len(kinds)]
    values = dict(task_type=TaskType.CAUSAL_LM)
    parameters = inspect.signature(kind).parameters
    for setting, value in [("target_modules", modules(family)[:2]), ("num_virtual_tokens", 3), ("r", 2), ("total_step", 10),
                           ("feedforward_modules", []), ("num_vectors", 8), ("vector_length", 2), ("oft_block_size", 0)]:
        if setting in parameters:
            values[setting] = value
    return kind(**values), False


def logits(model, tokens):
    with torch.no_grad():
        return model(input_ids=tokens[None]).logits[0].float().contiguous()


def make(folder, number):
    draw = random.Random(number)
    family = sorted(CLASSES)[number % len(CLASSES)]
    config = CLASSES[family](**settings(family, draw))
    torch.manual_seed(number)
    model = AutoModelForCausalLM.from_config(config)
    randomize(model, number)
    path = folder / f"{number:03}-{family}"
    shutil.rmtree(path, ignore_errors=True)
    model.save_pretrained(path / "checkpoint")
    (path / "checkpoint/generation_config.json").unlink(missing_ok=True)
    try:
        adapter, must = built(draw, family, number)
    except Exception as error:
        # Settings that PEFT does not have together, or needs another library for.
        if number % 4 < 2:
            raise
        shutil.rmtree(path)
        return f"not tried: {error}"
    try:
        tuned = get_peft_model(model, adapter)
        generator = torch.Generator().manual_seed(number)
        with torch.no_grad():
            for name, parameter in tuned.named_parameters():
                if parameter.requires_grad:
                    parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
        tuned.save_pretrained(path / "adapter")
        base = AutoModelForCausalLM.from_pretrained(path / "checkpoint", dtype=torch.float32, attn_implementation="eager")
        read = PeftModel.from_pretrained(base, path / "adapter").eval()
        tokens = torch.randint(3, 37, (19,), generator=generator)
        save_file({"tokens": tokens.to(torch.int32), "logits": logits(read, tokens)}, path / "expected.bin")
    except Exception as error:
        shutil.rmtree(path)
        if must:
            raise
        return f"{type(adapter).__name__}: PEFT itself: {type(error).__name__}: {str(error)[:90]}"
    (path / "adapter/README.md").unlink(missing_ok=True)
    if must:
        (path / "must").touch()
    return f"{type(adapter).__name__} {'must be read' if must else ''}"


def main():
    warnings.simplefilter("ignore")
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    for number in range(count):
        print(number, make(folder, number), flush=True)
    print(json.dumps({"peft": peft.__version__, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
