"""Makes Fixtures/trainings.safetensors: 20 steps of PEFT under torch's AdamW, on the models of make_decoders.py.

    python make_trainings.py

Needs torch, transformers, peft and safetensors (written with 2.15, 5.23, 0.21.2 and 0.7), and the fixtures of
make_decoders.py beside it. Per case `CASE.losses` (before each step), `CASE.start.NAME` and `CASE.end.NAME` of each of the
adapter's tensors; `prompts`, `lengths` and `labels` are the rows, four to a step, in their order.
"""
import json
import math
import os

import torch
import torch.nn.functional as F
from peft import LoraConfig, TaskType, get_peft_model
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

FOLDER = os.path.join(os.path.dirname(__file__), "..", "Fixtures")
OPTIONS, END = [10, 11, 12], 2
STEPS, ROWS = 20, 4
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

generator = torch.Generator().manual_seed(5)
lengths = torch.randint(4, 41, (32,), generator=generator)
prompts = [torch.randint(13, 67, (int(n),), generator=generator) for n in lengths]
labels = torch.tensor([int(p[-1]) % 3 for p in prompts])
teacher = torch.softmax(torch.randn(32, 3, generator=generator), -1)
# Kept in 32 bits, so that both sides have the same numbers.


def base(name, head):
    path = os.path.join(FOLDER, name + ".safetensors")
    with safe_open(path, "pt") as file:
        values = json.loads(file.metadata()["config"])
    config = AutoConfig.for_model(values.pop("model_type"), **values)
    config._attn_implementation = "eager"
    if head == "classes":
        config.num_labels = 3
    factory = AutoModelForSequenceClassification if head == "classes" else AutoModelForCausalLM
    model = factory.from_config(config).float()
    tensors = {k[6:]: v for k, v in load_file(path).items() if k.startswith("model.")}
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    assert not unexpected and all(k in ("lm_head.weight", "score.weight") for k in missing), (missing, unexpected)
    if head != "classes":
        model.tie_weights()
    return model


def row_loss(case, logits, row):
    """The sum of a row's losses, and over how many positions."""
    scope, label = case.get("scope", "labelAndEnd"), int(labels[row])
    smoothing = case.get("smoothing", 0.0)
    if scope == "classes":
        return F.cross_entropy(logits, torch.tensor(label), label_smoothing=smoothing), 1
    last = len(prompts[row]) - 1
    if scope == "options":
        return F.cross_entropy(logits[last, OPTIONS], torch.tensor(label), label_smoothing=smoothing), 1
    hard = F.cross_entropy(logits[last], torch.tensor(OPTIONS[label]), label_smoothing=smoothing)
    if "teacher" in case:
        share, temperature = case["teacher"]
        target = torch.softmax(torch.log(teacher[row]) / temperature, -1)
        log_probabilities = torch.log_softmax(logits[last] / temperature, -1)[OPTIONS]
        hard = (1 - share) * hard - share * temperature ** 2 * (target * log_probabilities).sum()
    if scope == "label":
        return hard, 1
    loss = hard + F.cross_entropy(logits[last + 1], torch.tensor(END), label_smoothing=smoothing)
    if scope == "labelAndEnd":
        return loss, 2
    rest = F.cross_entropy(logits[:last], prompts[row][1:], reduction="sum", label_smoothing=smoothing)
    return loss + rest, 2 + last


def step_loss(case, model, rows):
    total, count = 0, 0
    for row in rows:
        tokens = prompts[row]
        if case.get("scope") != "classes":
            tokens = torch.cat([tokens, torch.tensor([OPTIONS[int(labels[row])]])])
        loss, positions = row_loss(case, model(tokens[None]).logits[0], row)
        total, count = total + loss, count + positions
    return total / count


def factor(case, step):
    shape, warm = case["schedule"], case["warm"]
    if step < warm:
        return step / max(warm, 1)
    progress = (step - warm) / max(STEPS - warm, 1)
    if shape[0] == "cosine":
        return max(0.0, 0.5 * (1 + math.cos(2 * math.pi * shape[1] * progress)))
    if shape[0] == "polynomial":
        return (1 - shape[2]) * (1 - progress) ** shape[1] + shape[2]
    return 1.0


def attack(case, parameters):
    rate, epsilon = case["adversary"]
    saved = {}
    for name, p in parameters:
        saved[name] = p.data.clone()
        if p.grad is not None and float(p.grad.norm()) > 0:
            moved = p.data + rate * p.grad / (p.grad.norm() + 1e-6) * (p.data.norm() + 1e-6)
            box = epsilon * p.data.abs()
            p.data = torch.min(torch.max(moved, p.data - box), p.data + box)
    return saved


def train(name, case, seed, tensors):
    torch.manual_seed(seed)
    head = case.get("scope")
    model = get_peft_model(base(case["model"], head), LoraConfig(
        r=4, lora_alpha=8, lora_dropout=0.0, target_modules=ALL,
        task_type=TaskType.SEQ_CLS if head == "classes" else TaskType.CAUSAL_LM))
    model.eval()  # nothing is dropped
    parameters = [(n, p) for n, p in model.named_parameters() if p.requires_grad]

    def record(prefix):
        for n, p in parameters:
            n = n.replace(".default", "").replace("modules_to_save.", "")
            tensors[f"{name}.{prefix}.{n}"] = p.detach().clone().contiguous()

    record("start")
    optimizer = torch.optim.AdamW([p for _, p in parameters], lr=case["rate"], weight_decay=case.get("decay", 0.01))
    losses = []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = case["rate"] * factor(case, step)
        rows = [(step * ROWS + i) % len(prompts) for i in range(ROWS)]
        loss = step_loss(case, model, rows)
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        if "adversary" in case:
            saved = attack(case, parameters)
            step_loss(case, model, rows).backward()
            for n, p in parameters:
                p.data = saved[n]
        torch.nn.utils.clip_grad_norm_([p for _, p in parameters], case.get("clip", 1.0))
        optimizer.step()
    record("end")
    tensors[f"{name}.losses"] = torch.tensor(losses)
    print(name, [round(x, 4) for x in losses])


CASES = {
    "plain": dict(model="gemma2", rate=1e-2, schedule=("cosine", 0.5), warm=2),
    "smooth": dict(
        model="qwen2", rate=1e-2, schedule=("polynomial", 2.0, 0.1), warm=3, smoothing=0.1, scope="allTokens", clip=0.5),
    "soft": dict(model="llama31", rate=1e-2, schedule=("constant",), warm=0, teacher=(0.6, 2.0), decay=0.1),
    "adversarial": dict(model="qwen2", rate=1e-2, schedule=("cosine", 1.5), warm=0, adversary=(0.5, 0.02), scope="options"),
    "classes": dict(model="classes", rate=1e-2, schedule=("cosine", 0.5), warm=2, scope="classes"),
}
out = {
    "prompts": torch.cat(prompts).to(torch.int32), "lengths": lengths.to(torch.int32), "labels": labels.to(torch.int32),
    "teacher": teacher,
}
for seed, (name, case) in enumerate(CASES.items()):
    train(name, case, seed, out)
save_file(out, os.path.join(FOLDER, "trainings.safetensors"), metadata={"format": "pt"})
print(os.path.getsize(os.path.join(FOLDER, "trainings.safetensors")))
