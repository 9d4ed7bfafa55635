"""Tokenizer files of every supported form, made of the real vocabularies of a data folder by the peers themselves."""

import base64
import json
import pathlib

import sentencepiece
import tokenizers
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
LLAMA3_SPECIAL = (
    ["<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>",
     "<|finetune_right_pad_id|>", "<|reserved_special_token_2|>", "<|start_header_id|>", "<|end_header_id|>",
     "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"]
    + [f"<|reserved_special_token_{i}|>" for i in range(3, 248)]
)
QWEN_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def special(content, **flags):
    return AddedToken(content, special=True, normalized=False, **flags)


def merges_of(path):
    return [tuple(l.split(" ")) for l in path.read_text("utf-8").split("\n") if l and not l.startswith("#version")]


def ranks_of(path):
    lines = (l.split() for l in path.read_bytes().splitlines() if l)
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def byte_alphabet():
    kept = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    alphabet, following = {}, 256
    for byte in range(256):
        alphabet[byte] = chr(byte if byte in kept else following)
        following += byte not in kept
    return alphabet


def merges_of_ranks(ranks):
    """The one pair of which each token is made when its own merges come to it."""
    merges = []
    for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
        parts = [bytes([b]) for b in token]
        while len(parts) > 2:
            best = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], 1 << 30))
            if ranks.get(parts[best] + parts[best + 1], 1 << 30) >= rank:
                break
            parts[best : best + 2] = [parts[best] + parts[best + 1]]
        if len(parts) == 2:
            merges.append(tuple(parts))
    return merges


def byte_level(vocab, merges, pattern, specials, ignore_merges=False, normalizer=None, template=None):
    tokenizer = Tokenizer(models.BPE(vocab, merges, ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pattern:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(specials)
    if template:
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=True),
            processors.TemplateProcessing(single=template[0], special_tokens=template[1]),
        ])
    return tokenizer


def sentencepiece_merges(proto, vocab):
    """As transformers converts a SentencePiece model: every split of every piece, by score."""
    scores = {p.piece: p.score for p in proto.pieces}
    merges = []
    for piece, score in scores.items():
        local = [(piece[:i], piece[i:], score) for i in range(1, len(piece)) if piece[:i] in vocab and piece[i:] in vocab]
        merges += sorted(local, key=lambda m: (vocab[m[0]], vocab[m[1]]))
    merges.sort(key=lambda m: m[2], reverse=True)
    return [(left, right) for left, right, _ in merges]


def fallback(proto, kind):
    """Llama-2's, Gemma's and Mistral's ways of `tokenizer.json` over a SentencePiece model's pieces."""
    vocab = {p.piece: i for i, p in enumerate(proto.pieces)}
    merges = sentencepiece_merges(proto, vocab)
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    ending = [decoders.ByteFallback(), decoders.Fuse()]
    if kind == "llama":
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        ending.append(decoders.Strip(" ", 1, 0))
    elif kind == "gemma":
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    elif kind == "metaspace-first":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False)
        ending.append(decoders.Strip(" ", 1, 0))
    elif kind == "metaspace-split":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), *ending])
    tokenizer.add_special_tokens([special("<unk>"), special("<s>"), special("</s>")])
    if kind == "gemma":
        tokenizer.add_special_tokens([special("<start_of_turn>"), special("<end_of_turn>")])
        tokenizer.add_tokens([AddedToken("\n\n", normalized=False), AddedToken("▁▁▁▁", normalized=False)])
    if kind == "metaspace-first":
        tokenizer.add_special_tokens([special("<|left|>", lstrip=True), special("<|right|>", rstrip=True),
                                      special("<|both|>", lstrip=True, rstrip=True)])
        tokenizer.add_tokens([AddedToken("word", single_word=True, normalized=False),
                              AddedToken("norm ed", normalized=True)])
    if kind == "llama":
        tokenizer.add_tokens([AddedToken("norm ed", normalized=True), AddedToken("<|assistant|>", rstrip=True, normalized=False)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A" if kind != "gemma" else "<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return tokenizer


def trained(folder, texts):
    """Small SentencePiece models of other kinds, trained on the texts."""
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(t.replace("\n", " ")[:500] for t in texts if t.strip())[:3_000_000], "utf-8")
    common = dict(input=str(corpus), num_threads=1, minloglevel=2, max_sentence_length=10000)
    kinds = {
        "unigram": dict(model_type="unigram", vocab_size=2000),
        "unigram-bytes": dict(model_type="unigram", vocab_size=3000, byte_fallback=True, user_defined_symbols=["<mask>"],
                              character_coverage=0.98, normalization_rule_name="nmt_nfkc_cf"),
        "bpe-unknown": dict(model_type="bpe", vocab_size=1500, character_coverage=0.98,
                            user_defined_symbols=["<mask>", "\u2581\u2581", "qu"]),
        "bpe-suffix": dict(model_type="bpe", vocab_size=1500, treat_whitespace_as_suffix=True, byte_fallback=True,
                           control_symbols=["<c>"]),
        "bpe-across": dict(model_type="bpe", vocab_size=1500, split_by_whitespace=False, byte_fallback=True,
                           normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False,
                           split_by_unicode_script=False, split_by_number=False),
    }
    made = {}
    for name, options in kinds.items():
        prefix = folder / name
        if not prefix.with_suffix(".model").exists():
            sentencepiece.SentencePieceTrainer.train(model_prefix=str(prefix), **{**common, **options})
        made[name] = prefix.with_suffix(".model")
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(made["unigram"].read_bytes())
    vocab = [(p.piece, p.score) for p in proto.pieces]
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    tokenizer.add_special_tokens([special("</s>")])
    tokenizer.save(str(folder / "unigram.json"))
    # One with pieces that are taken apart again after they are put together.
    proto.ParseFromString(made["bpe-suffix"].read_bytes())
    for index, piece in enumerate(proto.pieces):
        if piece.type == 1 and len(piece.piece) > 1 and index % 5 == 0:
            piece.type = 5
    (folder / "bpe-unused.model").write_bytes(proto.SerializeToString())
    made["bpe-unused"] = folder / "bpe-unused.model"
    return made


def make(data, folder, texts):
    """Writes all files; yields (name, path, peer's kind, special tokens)."""
    data, folder = pathlib.Path(data), pathlib.Path(folder)
    alphabet = byte_alphabet()
    spell = lambda token: "".join(alphabet[b] for b in token)
    built = {}
    vocab = json.loads((data / "llama3/hf_vocab_encoder.json").read_text("utf-8"))
    built["llama3"] = byte_level(
        vocab, merges_of(data / "llama3/hf_merges_vocab.bpe"), LLAMA3, [special(s) for s in LLAMA3_SPECIAL],
        ignore_merges=True, template=("<|begin_of_text|> $A", [("<|begin_of_text|>", 128000)]))
    ranks = ranks_of(data / "qwen/qwen.tiktoken")
    built["qwen2"] = byte_level(
        {spell(t): r for t, r in ranks.items()}, [(spell(l), spell(r)) for l, r in merges_of_ranks(ranks)], QWEN2,
        [special(s) for s in QWEN_SPECIAL], normalizer=normalizers.NFC())
    built["gpt2"] = byte_level(
        json.loads((data / "gpt2/vocab.json").read_text("utf-8")), merges_of(data / "gpt2/merges.txt"), None,
        [special("<|endoftext|>")])
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString((data / "llama2/tokenizer.model").read_bytes())
    for kind in ("llama", "gemma", "metaspace-first", "metaspace-split"):
        built[f"json-{kind}"] = fallback(proto, kind)
    listed = {
        "llama3": LLAMA3_SPECIAL[:12], "qwen2": QWEN_SPECIAL, "gpt2": ["<|endoftext|>"],
        "json-llama": ["<s>", "</s>", "<unk>", "norm ed", "<|assistant|>"],
        "json-gemma": ["<s>", "</s>", "<start_of_turn>", "<end_of_turn>", "\n\n", "    ", "▁▁▁▁"],
        "json-metaspace-first": ["<s>", "</s>", "<|left|>", "<|right|>", "<|both|>", "word", "norm ed"],
        "json-metaspace-split": ["<s>", "</s>"],
    }
    for name, tokenizer in built.items():
        path = folder / f"{name}.json"
        tokenizer.save(str(path))
        yield name, path, "tokenizers", listed[name]
    yield "gpt2-merges", data / "gpt2/vocab.json", "gpt2-merges", ["<|endoftext|>"]
    yield "llama3-ranks", data / "llama3/tokenizer.model", "tiktoken-llama3", LLAMA3_SPECIAL[:12]
    yield "qwen-ranks", data / "qwen/qwen.tiktoken", "tiktoken-qwen", QWEN_SPECIAL
    yield "llama2-sp", data / "llama2/tokenizer.model", "sentencepiece", ["<s>", "</s>", "<unk>", "<0x41>"]
    yield "mistral-sp", data / "mistral/tokenizer.mistral-v3.model", "sentencepiece", ["<s>", "[INST]", "[/INST]"]
    models_trained = trained(folder, texts)
    for name, path in models_trained.items():
        yield f"sp-{name}", path, "sentencepiece", ["<mask>", "<s>", "<c>", "qu", "ing", "<unk>"]
    yield "json-unigram", folder / "unigram.json", "tokenizers", ["</s>"]


def train(folder, texts, size=32000):
    """Vocabularies trained on texts, in the four ways of cutting them; returns the files by name."""
    files = {}
    for name, pattern, normalizer in (("llama3", LLAMA3, None), ("qwen2", QWEN2, normalizers.NFC()), ("gpt2", None, None)):
        tokenizer = byte_level({}, [], pattern, [], normalizer=normalizer)
        tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
            vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
        files[name] = pathlib.Path(folder) / f"{name}.json"
        tokenizer.save(str(files[name]))
    prefix = pathlib.Path(folder) / "pieces"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for t in texts for line in t.split("\n") if line.strip()), model_prefix=str(prefix),
        model_type="bpe", vocab_size=size // 4, byte_fallback=True, normalization_rule_name="identity",
        remove_extra_whitespaces=False, add_dummy_prefix=False, minloglevel=2)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(prefix.with_suffix(".model").read_bytes())
    files["json-gemma"] = pathlib.Path(folder) / "json-gemma.json"
    fallback(proto, "gemma").save(str(files["json-gemma"]))
    return files
