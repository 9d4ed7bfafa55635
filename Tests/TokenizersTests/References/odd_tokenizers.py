"""Writes Fixtures/odd.json: small tokenizers of unusual parts, drawn from a seed, with what `tokenizers` makes of small texts.

    python Tests/TokenizersTests/References/odd_tokenizers.py [COUNT [FILE [SEED]]]

Byte sets with gaps, unknown tokens that are spelled in the text, added tokens that swallow white space beside added tokens of
white space, and all of it together. Needs tokenizers (written with 0.23.3).
"""

import json
import pathlib
import random
import sys

import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

FILE = pathlib.Path(__file__).parent.parent / "Fixtures" / "odd.json"
LETTERS = "abcé漢 \u2581\n"
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
PARTS = ["a", "b", "c", "é", "漢", "ü", "🙂", " ", "  ", "\n", "\t", "\u00a0", "\u2003", "\u0085", "<a>", "<b>", "<unk>",
         "<0x41>", "\u2581", "ab", "xyz"]
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())


def vocabulary(draw, letters):
    """Letters, and pairs of them that merge."""
    tokens = [letter for letter in letters if draw.random() < 0.8] or letters[:1]
    merges = []
    for _ in range(draw.randint(0, 8)):
        left, right = draw.choice(tokens), draw.choice(tokens)
        if left + right not in tokens and len(left + right) < 7:
            tokens.append(left + right)
            merges.append((left, right))
    return tokens, merges


def fallback_bytes(draw):
    """All bytes, none, those that occur in the texts, or some of these."""
    kind = draw.choice(["none", "used", "some", "some", "some"] * 4 + ["all"])
    if kind in ("all", "none"):
        return BYTES if kind == "all" else []
    return [BYTES[byte] for byte in sorted(set("".join(PARTS).encode())) if kind == "used" or draw.random() < 0.8]


def byte_pairs(draw):
    byte_level = draw.random() < 0.3
    letters = [letter for letter in ALPHABET if draw.random() < 0.6 or letter in "abcĠ"] if byte_level else list(LETTERS)
    tokens, merges = vocabulary(draw, letters)
    unknown = draw.choice([None, "<unk>", "<unk>"])
    if unknown:
        tokens.insert(0, unknown)
    falls_back = draw.random() < 0.6 and not byte_level
    tokens += fallback_bytes(draw) if falls_back else []
    tokens = list(dict.fromkeys(tokens))
    model = models.BPE(
        {token: index for index, token in enumerate(tokens)}, merges, unk_token=unknown, fuse_unk=draw.random() < 0.5,
        byte_fallback=falls_back, ignore_merges=draw.random() < 0.2)
    tokenizer = Tokenizer(model)
    if byte_level:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=draw.random() < 0.3)
        tokenizer.decoder = decoders.ByteLevel()
    else:
        spaces(draw, tokenizer)
    return tokenizer, len(tokens)


def unigram(draw):
    tokens, _ = vocabulary(draw, list(LETTERS))
    pieces = [("<unk>", draw.choice([0.0, -5.0]))]
    pieces += [(token, -draw.uniform(1, 9)) for token in tokens]
    falls_back = draw.random() < 0.7
    pieces += [(byte, -draw.uniform(1, 9)) for byte in (fallback_bytes(draw) if falls_back else [])]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=falls_back))
    spaces(draw, tokenizer)
    return tokenizer, len(pieces)


def spaces(draw, tokenizer):
    kind = draw.choice(["none", "replace", "first", "always"])
    if kind == "replace":
        tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    elif kind != "none":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=kind, split=draw.random() < 0.5)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])


def add_tokens(draw, tokenizer):
    contents = ["<a>", "<b>", "  ", "\n", " \n", "ab", "\u00a0", "<unk>"]
    for content in draw.sample(contents, draw.randint(0, 5)):
        special = draw.random() < 0.5
        token = AddedToken(
            content, lstrip=draw.random() < 0.4, rstrip=draw.random() < 0.4, single_word=draw.random() < 0.2,
            normalized=not special and draw.random() < 0.5, special=special)
        (tokenizer.add_special_tokens if special else tokenizer.add_tokens)([token])


def texts(draw):
    return ["".join(draw.choice(PARTS) for _ in range(draw.randint(1, 12))) for _ in range(14)]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    path = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else FILE
    draw = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 11)
    cases = []
    while len(cases) < count:
        tokenizer, size = draw.choice([byte_pairs, byte_pairs, unigram])(draw)
        add_tokens(draw, tokenizer)
        own, ids = [], []
        for text in texts(draw):
            try:
                ids.append(tokenizer.encode(text).ids)
                own.append(text)
            except BaseException:
                pass  # The library has no answer either: no unknown token, or tokens over each other.
        file = json.loads(tokenizer.to_str())
        cases.append({"tokenizer": json.dumps(file, ensure_ascii=True, separators=(",", ":")), "texts": own, "ids": ids})
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(tokenizers.__version__, len(cases), sum(len(case["ids"]) for case in cases), path.stat().st_size)


main()
