"""What PyTorch, transformers, PEFT and, if it is there, bitsandbytes compute, and how fast, as JSON lines.

    peers.py parity FOLDER [bfloat16|float32]
    peers.py speed gemma-2b|gemma-9b|llama-8b train|predict ROWS_PER_BATCH [checkpoint]

`parity` reads what prepare.py has made. `speed` makes a model of random weights with projections in NF4 (in BF16 without
bitsandbytes), with scaled-dot-product attention, and asks for no more logits than are needed."""
import gc
import json
import pathlib
import sys
import time

import torch

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def parity(folder, number):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    folder = pathlib.Path(folder)
    rows = json.loads((folder / "rows.json").read_text())
    # Eager: transformers' other attentions leave out the cap.
    model = AutoModelForCausalLM.from_pretrained(
        folder / "model", dtype=number, attn_implementation="eager").to(DEVICE)
    model = PeftModel.from_pretrained(model, folder / "adapter", is_trainable=True).to(DEVICE)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = parameter.data.float()
    prompts = [torch.tensor([prompt], device=DEVICE) for prompt in rows["prompts"]]
    answers = torch.tensor(rows["answers"], device=DEVICE)
    mixed = torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=number == torch.bfloat16)
    with torch.no_grad(), mixed:
        logits = [model(prompt).logits[0, -1, answers].float().tolist() for prompt in prompts]
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rows["learningRate"], weight_decay=0)
    losses, norms = [], []
    for step in range(20):
        total = 0.0
        for place in range(4):
            index = (step * 4 + place) % len(prompts)
            answer = rows["answers"][rows["labels"][index]]
            tokens = torch.cat([prompts[index], torch.tensor([[answer]], device=DEVICE)], dim=1)
            with mixed:
                own = model(tokens, logits_to_keep=2).logits[0]
            targets = torch.tensor([answer, rows["end"]], device=DEVICE)
            loss = torch.nn.functional.cross_entropy(own.float(), targets, reduction="sum") / 8
            loss.backward()
            total += loss.item()
        norms.append(torch.nn.utils.clip_grad_norm_(trained, 1.0).item())
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)
    print(json.dumps({"logits": logits, "losses": losses, "norms": norms}))


def large_model(name):
    from transformers import AutoModelForCausalLM, Gemma2Config, LlamaConfig

    if name == "llama-8b":
        config = LlamaConfig(
            vocab_size=128256, hidden_size=4096, intermediate_size=14336, num_hidden_layers=32,
            num_attention_heads=32, num_key_value_heads=8, max_position_embeddings=8192, rope_theta=500000.0)
    else:
        hidden, wide, layers, heads = (2304, 9216, 26, 8) if name == "gemma-2b" else (3584, 14336, 42, 16)
        config = Gemma2Config(
            vocab_size=256000, hidden_size=hidden, intermediate_size=wide, num_hidden_layers=layers,
            num_attention_heads=heads, num_key_value_heads=heads // 2, head_dim=256, query_pre_attn_scalar=256,
            max_position_embeddings=8192)
    config.use_cache = False
    torch.set_default_dtype(torch.bfloat16)
    with torch.device(DEVICE):
        model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    storage = "bfloat16"
    try:
        import bitsandbytes

        for layer in model.model.layers:
            for parent in (layer.self_attn, layer.mlp):
                for child, linear in list(parent.named_children()):
                    if not isinstance(linear, torch.nn.Linear):
                        continue
                    small = bitsandbytes.nn.Linear4bit(
                        linear.in_features, linear.out_features, bias=False, compute_dtype=torch.bfloat16,
                        quant_type="nf4", compress_statistics=True, device="meta")
                    small.weight = bitsandbytes.nn.Params4bit(
                        linear.weight.data, requires_grad=False, quant_type="nf4", compress_statistics=True)
                    small.to(DEVICE)
                    if small.weight.quant_state is None:
                        small.weight = small.weight._quantize(DEVICE)
                    setattr(parent, child, small)
        storage = "nf4 (bitsandbytes " + bitsandbytes.__version__ + ")"
    except Exception as error:  # a wheel that does not fit this machine
        print(json.dumps({"note": f"no bitsandbytes: {error!r}"[:400]}), flush=True)
    gc.collect()
    torch.cuda.empty_cache()
    return model, config, storage


def lengths(count):
    return [300 + (row * 797) % 1701 for row in range(count)]


def batches(rows, size):
    rows = sorted(rows, key=len, reverse=True)
    for first in range(0, len(rows), size):
        part = rows[first:first + size]
        width = len(part[0])
        tokens = torch.zeros(len(part), width, dtype=torch.long, device=DEVICE)
        mask = torch.zeros_like(tokens)
        for index, row in enumerate(part):
            tokens[index, width - len(row):] = torch.tensor(row, device=DEVICE)
            mask[index, width - len(row):] = 1
        yield tokens, (mask if len(part) > 1 else None)


def speed(name, what, size, checkpoints):
    from peft import LoraConfig, get_peft_model

    model, config, storage = large_model(name)
    model = get_peft_model(
        model, LoraConfig(
            r=32, lora_alpha=64, lora_dropout=0.05, task_type="CAUSAL_LM",
            target_modules=["q_proj", "k_proj", "v_proj", "o_proj"]))
    for label, parameter in model.named_parameters():
        if "lora_" in label:
            parameter.data = parameter.data.float()
    rows = [
        [(place * 7919 + row * 104729) % config.vocab_size for place in range(length)]
        for row, length in enumerate(lengths(16 if what == "train" else 32))]
    count = sum(len(row) for row in rows)
    torch.cuda.reset_peak_memory_stats()
    times = []
    mixed = torch.autocast("cuda", dtype=torch.bfloat16)
    if what == "train":
        model.train()
        if checkpoints:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            model.enable_input_require_grads()
        trained = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-4)
    else:
        model.eval()
    for _ in range(3):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for tokens, mask in batches(rows, size):
            if what == "train":
                with mixed:
                    logits = model(tokens, attention_mask=mask, logits_to_keep=2).logits
                loss = torch.nn.functional.cross_entropy(
                    logits.float().flatten(0, 1), torch.zeros(2 * len(tokens), dtype=torch.long, device=DEVICE))
                loss.backward()
            else:
                with torch.inference_mode(), mixed:
                    model(tokens, attention_mask=mask, logits_to_keep=1).logits[:, -1, :3].float().cpu()
        if what == "train":
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    print(json.dumps({
        "model": name, "what": what, "peer": "PyTorch " + torch.__version__, "storage": storage,
        "rowsPerBatch": size, "checkpoints": checkpoints, "tokens": count, "seconds": times,
        "tokensPerSecond": count / min(times[1:]), "peakBytes": torch.cuda.max_memory_allocated()}), flush=True)


if sys.argv[1] == "parity":
    parity(sys.argv[2], torch.float32 if sys.argv[3:] == ["float32"] else torch.bfloat16)
else:
    speed(sys.argv[2], sys.argv[3], int(sys.argv[4]), "checkpoint" in sys.argv[5:])
