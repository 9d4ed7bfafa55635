"""Makes Fixtures/pieces.gguf, Fixtures/pairs.gguf and Fixtures/gguf-ids.json: whole models as GGUF files, and their tokens of texts.

    pip install gguf==0.19.0 sentencepiece==0.2.3 tokenizers==0.23.3 protobuf
    python Tests/LanguageModelStagesTests/References/gguf_tokenizers.py

`pieces` has a SentencePiece vocabulary with bytes, as Gemma's files have, `pairs` byte pairs in Qwen's way. The ids are those of
the libraries that trained the vocabularies.
"""
import io
import json
import pathlib

import gguf
import numpy
import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures"
TEXTS = [
    "", " ", "a", "The better answer is shorter.", "  two  spaces ", "line\nline\n\nline\t", "naïve café, Ünïcödé",
    "日本語 текст", "🙂🙃", "e\u0301 and é", "<bos>", "<start_of_turn>user\nHi<end_of_turn>", "<|im_start|>system<|im_end|>",
    "1234567 and 3.14", "don't DON'T", "\u0000x\u001f", "▁under", "x" * 40]
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
WORDS = [w for t in TEXTS for w in t.split()] + "which of the two answers is better and why it is so and what else".split()
LINES = [" ".join(WORDS[(7 * i + 3 * j) % len(WORDS)] for j in range(8)) for i in range(200)]


def file(name, architecture, size):
    writer = gguf.GGUFWriter(FOLDER / name, architecture)
    writer.add_type("model")
    writer.add_context_length(64)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_feed_forward_length(8)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_key_length(4)
    writer.add_value_length(4)
    writer.add_layer_norm_rms_eps(1e-6)
    draw = numpy.random.default_rng(8)
    shapes = {
        "token_embd": (size, 8), "output_norm": (8,), "blk.0.attn_q": (8, 8), "blk.0.attn_k": (4, 8), "blk.0.attn_v": (4, 8),
        "blk.0.attn_output": (8, 8), "blk.0.attn_q_norm": (4,), "blk.0.attn_k_norm": (4,), "blk.0.attn_norm": (8,),
        "blk.0.ffn_norm": (8,), "blk.0.ffn_gate": (8, 8), "blk.0.ffn_up": (8, 8), "blk.0.ffn_down": (8, 8)}
    if architecture == "gemma3":
        writer.add_sliding_window(16)
        shapes |= {"blk.0.post_attention_norm": (8,), "blk.0.post_ffw_norm": (8,)}
    for tensor, shape in shapes.items():
        numbers = draw.standard_normal(shape).astype(numpy.float32)
        writer.add_tensor(tensor + ".weight", numbers.astype(numpy.float16) if len(shape) > 1 else numbers)
    return writer


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def pieces():
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=written, vocab_size=420, model_type="bpe", byte_fallback=True,
        pad_id=0, eos_id=1, bos_id=2, unk_id=3, pad_piece="<pad>", bos_piece="<bos>", eos_piece="<eos>",
        control_symbols=["<start_of_turn>", "<end_of_turn>"], user_defined_symbols=["\n", "\n\n", "\t"],
        normalization_rule_name="identity", add_dummy_prefix=False, remove_extra_whitespaces=False, num_threads=1)
    proto = sentencepiece_model_pb2.ModelProto.FromString(written.getvalue())
    writer = file("pieces.gguf", "gemma3", len(proto.pieces))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([p.piece.encode() for p in proto.pieces])
    writer.add_token_scores([p.score for p in proto.pieces])
    writer.add_token_types([p.type for p in proto.pieces])
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(1)
    writer.add_unk_token_id(3)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_chat_template("{{ bos_token }}{{ messages }}")
    close(writer)
    processor = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    return [[2] + processor.encode(text) for text in TEXTS]


def pairs():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer.train_from_iterator(LINES, trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    tokens = [token for token, _ in sorted(model["vocab"].items(), key=lambda item: item[1])]
    # Embeddings have more rows than there are tokens; llama.cpp's converter fills the table up.
    size = len(tokens) + 4
    writer = file("pairs.gguf", "qwen3", size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*tokens, *(f"[PAD{i}]" for i in range(len(tokens), size))])
    writer.add_token_types([3 if token in special else 1 for token in tokens] + [5] * 4)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    close(writer)
    return [tokenizer.encode(text).ids for text in TEXTS]


FOLDER.mkdir(exist_ok=True)
(FOLDER / "gguf-ids.json").write_text(
    json.dumps({"texts": TEXTS, "pieces": pieces(), "pairs": pairs()}, ensure_ascii=True) + "\n")
