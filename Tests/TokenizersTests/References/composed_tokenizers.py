"""Writes tokenizers composed of every part that is read, drawn from a seed, with what `tokenizers` makes of texts: for `make test-parity`.

    python Tests/TokenizersTests/References/composed_tokenizers.py COUNT FILE SEED

Sequences of normalizers and pre-tokenizers in any order, post-processors, added tokens of every kind, and models as in
odd_tokenizers.py, with texts of many scripts. Needs tokenizers (written with 0.23.3).
"""

import json
import pathlib
import random
import sys

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

PARTS = [
    "a", "b", "c", "A", "B", "K", "é", "e\u0301", "漢", "ü", "🙂", " ", "  ", "   ", "\n", "\r\n", "\t", "\u00a0", "\u2003", "\u0085",
    "\u3000", "<a>", "<b>", "<unk>", "<s>", "<0x41>", "\u2581", "ab", "xyz", "1", "23", "456", "٣", "Ⅷ", "½", "İ", "Σ", "ß", "ﬁ", "'s",
    "'S", "don't", "-", "--", "_", "\u200d", "\u0301", "\u200b", "\x00", "\x7f", "!?", "...", "가", "각", "กำ", "ａ", "１", "\ufeff",
    "\u2028"]
LETTERS = sorted(set("".join(PARTS)))
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LONG = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
PATTERNS = [GPT2, LONG % r"\p{N}{1,3}", LONG % r"\p{N}"]
ADDED = ["<a>", "<b>", "  ", "\n", " \n", "ab", "\u00a0", "<unk>", "<s>", "é", "e\u0301", "A", "-", "1", "\u2581", "İ"]


def normalizer(draw):
    makers = [
        normalizers.NFC, normalizers.NFD, normalizers.Lowercase, lambda: normalizers.Strip(draw.random() < 0.5, draw.random() < 0.5),
        lambda: normalizers.Prepend("\u2581"), lambda: normalizers.Replace(" ", "\u2581"),
        lambda: normalizers.Replace(draw.choice(["a", "ab", "--", "\n"]), draw.choice(["", "b", "  ", "\u2581"])),
        lambda: normalizers.Replace(Regex(" {2,}"), "\u2581")]
    steps = [draw.choice(makers)() for _ in range(draw.choice([0, 0, 1, 1, 2, 3]))]
    return steps[0] if len(steps) == 1 and draw.random() < 0.5 else normalizers.Sequence(steps) if steps else None


def pre_tokenizer(draw, is_byte_level):
    makers = [
        lambda: pre_tokenizers.Split(
            draw.choice(["-", "a", " ", "\u2581", "  "]),
            draw.choice(["removed", "isolated", "merged_with_previous", "merged_with_next"])),
        lambda: pre_tokenizers.Digits(draw.random() < 0.5),
        lambda: pre_tokenizers.Metaspace(prepend_scheme=draw.choice(["first", "always", "never"]), split=draw.random() < 0.5),
        lambda: pre_tokenizers.Split(Regex(draw.choice(PATTERNS)), "isolated")]
    steps = [draw.choice(makers)() for _ in range(draw.choice([0, 0, 1, 1, 2, 3]))]
    if is_byte_level:
        steps.append(pre_tokenizers.ByteLevel(add_prefix_space=draw.random() < 0.4, use_regex=draw.random() < 0.6))
    return steps[0] if len(steps) == 1 else pre_tokenizers.Sequence(steps) if steps else None


def vocabulary(draw, letters):
    tokens, merges = [letter for letter in letters if draw.random() < 0.85], []
    for _ in range(draw.randint(0, 40)):
        left, right = draw.choice(tokens), draw.choice(tokens)
        if left + right not in tokens and len(left + right) < 9:
            tokens.append(left + right)
            merges.append((left, right))
    return tokens, merges


def fallback(draw, uses):
    share = draw.choice([1, 0.9])
    return [byte for byte in BYTES if draw.random() < share] if uses else []


def byte_pairs(draw):
    is_byte_level = draw.random() < 0.4
    tokens, merges = vocabulary(draw, ALPHABET if is_byte_level else LETTERS)
    if is_byte_level and draw.random() < 0.6:
        tokens = ALPHABET + tokens
    unknown = draw.choice([None, "<unk>"])
    falls_back = draw.random() < 0.5 and not is_byte_level
    tokens = list(dict.fromkeys(([unknown] if unknown else []) + tokens + fallback(draw, falls_back)))
    model = models.BPE(
        {token: index for index, token in enumerate(tokens)}, merges, unk_token=unknown, fuse_unk=draw.random() < 0.5,
        byte_fallback=falls_back, ignore_merges=draw.random() < 0.25)
    return Tokenizer(model), is_byte_level


def unigram(draw):
    tokens, _ = vocabulary(draw, LETTERS)
    falls_back = draw.random() < 0.6
    pieces = [("<unk>", 0.0)] + [(token, -draw.uniform(1, 9)) for token in tokens + fallback(draw, falls_back)]
    return Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=falls_back)), False


def add_tokens(draw, tokenizer):
    for content in draw.sample(ADDED, draw.randint(0, 6)):
        is_special = draw.random() < 0.5
        token = AddedToken(
            content, lstrip=draw.random() < 0.3, rstrip=draw.random() < 0.3, single_word=draw.random() < 0.25,
            normalized=draw.random() < 0.5, special=is_special)
        (tokenizer.add_special_tokens if is_special else tokenizer.add_tokens)([token])


def add_processor(draw, tokenizer):
    kind = draw.choice(["none", "none", "template", "bytes", "roberta", "sequence"])
    if kind == "none":
        return
    tokenizer.add_special_tokens(["<s>", "</s>"])
    pairs = [(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")]
    def template():
        single = draw.choice(["<s> $A", "<s> $A </s>", "$A </s>", "<s> <s> $A"])
        return processors.TemplateProcessing(single=single, pair="$A $B", special_tokens=pairs)
    tokenizer.post_processor = {
        "template": template, "bytes": processors.ByteLevel, "roberta": lambda: processors.RobertaProcessing(pairs[1], pairs[0]),
        "sequence": lambda: processors.Sequence([processors.ByteLevel(), template()]),
    }[kind]()


def steps(component, key):
    if component is None:
        return []
    return [step for part in component[key] for step in steps(part, key)] if component["type"] == "Sequence" else [component]


def is_refused(tokenizer, file):
    """Whether the library's ids depend on what was removed before: tokens that are nothing when normalized are found everywhere, and
    a text whose beginning was removed has no first word."""
    normalizers = steps(file["normalizer"], "normalizers")
    cuts = any(step.get("strip_left") or step["type"] == "Replace" and not step["content"] for step in normalizers)
    splits = steps(file["pre_tokenizer"], "pretokenizers")
    return cuts and any(step.get("prepend_scheme") == "first" for step in splits) or any(
        token["normalized"] and tokenizer.normalizer and not tokenizer.normalizer.normalize_str(token["content"])
        for token in file["added_tokens"])


def case(draw):
    tokenizer, is_byte_level = draw.choice([byte_pairs, byte_pairs, unigram])(draw)
    parts = normalizer(draw), pre_tokenizer(draw, is_byte_level)
    if parts[0] is not None:
        tokenizer.normalizer = parts[0]
    if parts[1] is not None:
        tokenizer.pre_tokenizer = parts[1]
    add_tokens(draw, tokenizer)
    add_processor(draw, tokenizer)
    texts, ids = [], []
    for _ in range(16):
        text = "".join(draw.choice(PARTS) for _ in range(draw.randint(1, 14)))
        try:
            ids.append(tokenizer.encode(text).ids)
            texts.append(text)
        except BaseException:
            pass  # The library has no answer either.
    file = json.loads(tokenizer.to_str())
    if is_refused(tokenizer, file):
        return case(draw)
    return {"tokenizer": json.dumps(file, separators=(",", ":")), "texts": texts, "ids": ids}


def main():
    count, path, draw = int(sys.argv[1]), pathlib.Path(sys.argv[2]), random.Random(int(sys.argv[3]))
    path.write_text("[\n" + ",\n".join(json.dumps(case(draw)) for _ in range(count)) + "\n]\n")


main()
