"""Writes Tests/TokenizersTests/Fixtures: small tokenizers of every supported form, trained on text from a seed by
`tokenizers` and `sentencepiece`, with what these make of some texts.

    python Tests/TokenizersTests/References/fixtures.py Tests/TokenizersTests/Fixtures
"""

import json
import pathlib
import random
import sys
import tempfile

import sentencepiece
import tiktoken
import tokenizers
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

import base64

import texts as text_source
import tokenizer_files
from tokenizer_files import LLAMA3, QWEN2, special

SPECIALS = ["<s>", "</s>", "<|end|>", "<|left|>", "<|right|>", "norm ed", "word", "<mask>", "▁▁", "<unk>", "<0x41>"]


def corpus(draw):
    words = ("the of and to in is that it was for on are with as his they be at one have this from or had by hot "
             "which answer better response model question because however people would there their about reason "
             "code function return value list number first second helpful harmless honest").split()
    lines = []
    for _ in range(600):
        line = " ".join(draw.choice(words) for _ in range(draw.randint(3, 14)))
        if draw.random() < 0.3:
            line = line.capitalize() + draw.choice([".", "!", "?", ", isn't it?", " (1984)", ": 3.14159"])
        if draw.random() < 0.15:
            line += " " + "".join(draw.choice("éèüßñçДаеноαβω漢字中文한국어") for _ in range(draw.randint(2, 6)))
        lines.append(line)
    return lines


def trained_byte_level(lines, pattern, ignore_merges=False, normalizer=None):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if pattern:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = trainers.BpeTrainer(vocab_size=420, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([special("<s>"), special("<|end|>"), special("<|left|>", lstrip=True),
                                  special("<|right|>", rstrip=True)])
    tokenizer.add_tokens([tokenizers.AddedToken("word", single_word=True, normalized=False),
                          tokenizers.AddedToken("norm ed", normalized=True)])
    return tokenizer


def sentencepiece_model(path, folder, **options):
    sentencepiece.SentencePieceTrainer.train(
        input=str(path), model_prefix=str(folder / "model"), num_threads=1, minloglevel=2,
        hard_vocab_limit=False, **options)
    return (folder / "model.model").read_bytes()


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    draw = random.Random(20)
    lines = corpus(draw)
    texts = ["", " ", "  ", "Hello world", " Hello  world ", "a" * 300, "\n\n\t x", "isn't IT'S we'LL", "1234567 ½ ٣",
             "e\u0301\u0323 a\u0308 \u1100\u1161\u11a8 \ufb01 \uff21"]
    texts += lines[:15] + list(text_source.adversarial(5, 90, SPECIALS))
    texts = [t for t in texts if len(t) < 320]
    (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=True, indent=0))
    expected = {}
    made = {
        "byte-level": trained_byte_level(lines, LLAMA3, ignore_merges=True),
        "byte-level-composed": trained_byte_level(lines, QWEN2, normalizer=normalizers.NFC()),
        "byte-level-spaced": trained_byte_level(lines, None),
    }
    made["byte-level"].post_processor = tokenizers.processors.Sequence([
        tokenizers.processors.ByteLevel(),
        tokenizers.processors.TemplateProcessing(single="<s> $A <|end|>", special_tokens=[("<s>", 420), ("<|end|>", 421)])])
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        path = temporary / "corpus.txt"
        path.write_text("\n".join(lines))
        rules = temporary / "rules.tsv"
        rules.write_text("FB01\t66 69\n41\t61\nFF21\t61\n65 301\tE9\n3000\t20\n1100 1161 11A8\tAC01\n")
        pieces = {
            "pieces": dict(model_type="bpe", vocab_size=520, byte_fallback=True, character_coverage=0.99,
                           normalization_rule_name="identity", remove_extra_whitespaces=False),
            "pieces-unknown": dict(model_type="bpe", vocab_size=200, character_coverage=0.98,
                                   normalization_rule_tsv=str(rules), user_defined_symbols=["<mask>", "\u2581\u2581"]),
            "pieces-unigram": dict(model_type="unigram", vocab_size=300, character_coverage=0.98,
                                   normalization_rule_tsv=str(rules)),
        }
        for name, options in pieces.items():
            data = sentencepiece_model(path, temporary, **options)
            proto = sentencepiece_model_pb2.ModelProto()
            proto.ParseFromString(data)
            proto.trainer_spec.input[:] = []
            proto.trainer_spec.model_prefix = ""
            proto.normalizer_spec.normalization_rule_tsv = ""
            (folder / f"{name}.model").write_bytes(proto.SerializeToString())
            sp = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.model"))
            lists = [[sp.bos_id()] + sp.encode(t) for t in texts]
            expected[name] = {"ids": lists, "decoded": [sp.decode(ids) for ids in lists]}
            if name == "pieces":
                for kind in ("llama", "gemma", "metaspace-first", "metaspace-split"):
                    made[f"fallback-{kind}"] = tokenizer_files.fallback(proto, kind)
    for name, tokenizer in made.items():
        tokenizer.save(str(folder / f"{name}.json"), pretty=False)
        lists = [tokenizer.encode(t).ids for t in texts]
        expected[name] = {"ids": lists, "decoded": [tokenizer.decode(ids) for ids in lists]}
    # Ranks: the byte-level vocabulary as tiktoken writes it.
    letters = {c: b for b, c in tokenizer_files.byte_alphabet().items()}
    vocab = json.loads(made["byte-level"].to_str())["model"]["vocab"]
    ranks = {bytes([b]): b for b in range(256)}
    for token in sorted((t for t in vocab if len(t) > 1 and all(c in letters for c in t)), key=vocab.get):
        ranks[bytes(letters[c] for c in token)] = len(ranks)
    (folder / "ranks.model").write_text("".join(f"{base64.b64encode(t).decode()} {r}\n" for t, r in ranks.items()))
    encoding = tiktoken.Encoding("small", pat_str=LLAMA3, mergeable_ranks=ranks, special_tokens={"<s>": len(ranks)})
    lists = [encoding.encode(t, allowed_special="all") for t in texts]
    expected["ranks"] = {"ids": lists, "decoded": [encoding.decode([i for i in ids if i != len(ranks)]) for ids in lists]}
    for name, value in expected.items():
        (folder / f"{name}.expected.json").write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")))


if __name__ == "__main__":
    main()
