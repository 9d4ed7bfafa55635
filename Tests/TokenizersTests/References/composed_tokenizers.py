"""Writes tokenizers composed of every part that is read, drawn from a seed, with what `tokenizers` makes of texts: for `make test-parity`,
and Fixtures/composed.json.

    python Tests/TokenizersTests/References/composed_tokenizers.py COUNT FILE SEED
    python Tests/TokenizersTests/References/composed_tokenizers.py

Sequences of normalizers and pre-tokenizers in any order, post-processors, added tokens of every kind, and models as in
odd_tokenizers.py, with texts of many scripts. In a half of them, a Metaspace looks at where the text begins. Each is read from its file
by the library, too, since that numbers added tokens anew; its settings for truncation and padding are ignored. A file is marked as
refused if the library's ids depend on chance, or it would number tokens anew. Needs tokenizers (written with 0.23.3).
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
    "\u2028", "\u0323", "\u0344", "\u1100\u1161", "\u11a8", "ṩ", "\u2126", "\u0958"]
# What becomes several characters, or one, or changes places, when normalized.
BEGINNINGS = ["é\u0323", "e\u0323\u0301", "\u0344\u0323", "ṩ", "가", "\u1100\u1161\u11a8", "\u0958", "İ", "  ", " é", "\u0301\u0323", "--a", "aba", "é1"]
FILE = pathlib.Path(__file__).parent.parent / "Fixtures" / "composed.json"
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
        lambda: normalizers.Prepend(draw.choice(["\u2581", "\u2581", " ", "x", "a\u0301"])), lambda: normalizers.Replace(" ", "\u2581"),
        lambda: normalizers.Replace(
            draw.choice(["a", "ab", "--", "\n", "é", "<", "e\u0301", "\u2581"]), draw.choice(["", "b", "  ", "\u2581", " é", "xyz"])),
        lambda: normalizers.Replace(Regex(" {2,}"), draw.choice(["\u2581", "", " "]))]
    steps = [draw.choice(makers)() for _ in range(draw.choice([0, 0, 1, 1, 2, 3, 4]))]
    return steps[0] if len(steps) == 1 and draw.random() < 0.5 else normalizers.Sequence(steps) if steps else None


def pre_tokenizer(draw, is_byte_level, looks_at_head):
    def metaspace(scheme):
        return pre_tokenizers.Metaspace(
            replacement=draw.choice("\u2581\u2581\u2581_ "), prepend_scheme=scheme, split=draw.random() < 0.5)
    makers = [
        lambda: pre_tokenizers.Split(
            draw.choice(["-", "a", " ", "\u2581", "  ", "é", "e", "x", "\u0301", "\u0323", "\u1161"]),
            draw.choice(["removed", "removed", "isolated", "merged_with_previous", "merged_with_next"])),
        lambda: pre_tokenizers.Digits(draw.random() < 0.5),
        lambda: metaspace(draw.choice(["first", "always", "never"])),
        lambda: pre_tokenizers.Split(Regex(draw.choice(PATTERNS)), "isolated")]
    steps = [draw.choice(makers)() for _ in range(draw.choice([0, 0, 1, 1, 2, 3]))]
    if looks_at_head:
        steps.insert(draw.randint(0, len(steps)), metaspace("first"))
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
    if merges and draw.random() < 0.3:  # A merge once more, and other ways to what is merged.
        merges.append(draw.choice(merges))
        joined = {left + right for left, right in merges}
        merges += [(word[:at], word[at:]) for word in sorted(joined) for at in range(1, len(word))
                   if word[:at] in tokens and word[at:] in tokens and draw.random() < 0.3]
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
    gap = draw.randint(1, 90) if draw.random() < 0.1 else 0
    model = models.BPE(
        {token: index + (gap if index > 9 else 0) for index, token in enumerate(tokens)}, merges, unk_token=unknown, fuse_unk=draw.random() < 0.5,
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


def change(draw, file):
    """Writes into a file what the library would not, mostly nothing."""
    tokens = file["added_tokens"]
    kind = draw.choice(["nothing"] * 16 + ["cut", "pad", "pad evenly", "twice", "twice otherwise", "number", "empty"])
    if kind == "cut":
        file["truncation"] = {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    if kind.startswith("pad"):
        file["padding"] = {
            "strategy": draw.choice(["BatchLongest", {"Fixed": 30}]), "direction": "Left", "pad_id": 0, "pad_type_id": 0, "pad_token": "a",
            "pad_to_multiple_of": 8 if kind == "pad evenly" else None}
    if kind.startswith("twice") and tokens:
        token = draw.choice(tokens)
        tokens.append({**token, "lstrip": token["lstrip"] != (kind == "twice otherwise")})
    if kind == "number" and tokens:
        draw.choice(tokens)["id"] += 200
    if kind == "empty":
        empty = draw.choice([{"type": "Prepend", "prepend": ""}, {"type": "Replace", "pattern": {"String": ""}, "content": "a"}])
        file["normalizer"] = {"type": "Sequence", "normalizers": [empty] + steps(file["normalizer"], "normalizers")}


def is_refused(tokenizer, file):
    tokens, vocab = file["added_tokens"], file["model"]["vocab"]
    numbers = vocab if isinstance(vocab, dict) else {piece: index for index, (piece, _) in enumerate(vocab)}
    settings, contents, patterns = {}, {}, []
    for token in tokens:
        content, flags = token["content"], {key: value for key, value in token.items() if key != "id"}
        if content in settings:
            if settings[content] != flags:
                return True
            continue
        settings[content] = flags
        if content not in numbers:
            contents[content] = token["id"]
        if token["normalized"]:
            patterns.append(tokenizer.normalizer.normalize_str(content) if tokenizer.normalizer else content)
    # Numbered anew, it would be another token, or one that the model has already; and which of two equal ones is found is chance.
    if list(contents.values()) != list(range(len(numbers), len(numbers) + len(contents))) or set(contents.values()) & set(numbers.values()):
        return True
    if len(set(patterns)) < len(patterns) or "" in patterns:
        return True
    return any(step.get("prepend") == "" or step.get("pattern") == {"String": ""} for step in steps(file["normalizer"], "normalizers"))


def case(draw):
    tokenizer, is_byte_level = draw.choice([byte_pairs, byte_pairs, unigram])(draw)
    parts = normalizer(draw), pre_tokenizer(draw, is_byte_level, draw.random() < 0.5)
    if parts[0] is not None:
        tokenizer.normalizer = parts[0]
    if parts[1] is not None:
        tokenizer.pre_tokenizer = parts[1]
    add_tokens(draw, tokenizer)
    add_processor(draw, tokenizer)
    file = json.loads(tokenizer.to_str())
    change(draw, file)
    text = json.dumps(file, separators=(",", ":"))
    if is_refused(tokenizer, file):
        return {"tokenizer": text, "texts": [], "ids": [], "refused": True}
    tokenizer = Tokenizer.from_str(text)
    # As transformers does.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts, ids = [], []
    for _ in range(16):
        text = draw.choice(BEGINNINGS + [""] * 20) + "".join(draw.choice(PARTS) for _ in range(draw.randint(1, 14)))
        try:
            ids.append(tokenizer.encode(text).ids)
            texts.append(text)
        except BaseException:
            pass  # The library has no answer either.
    return {"tokenizer": json.dumps(file, separators=(",", ":")), "texts": texts, "ids": ids, "refused": False}


def small(draw):
    """One with a small file, in which a Metaspace looks at where a text begins that is changed before, or which is refused."""
    while True:
        one = case(draw)
        file = json.loads(one["tokenizer"])
        splits = steps(file["pre_tokenizer"], "pretokenizers")
        first = next((at for at, step in enumerate(splits) if step.get("prepend_scheme") == "first"), None)
        is_wanted = draw.random() < 0.2 if one["refused"] else first is not None and (first > 0 or file["normalizer"])
        if len(one["tokenizer"]) < 2600 and is_wanted:
            return one


def main():
    if len(sys.argv) > 1:
        count, path, draw, make = int(sys.argv[1]), pathlib.Path(sys.argv[2]), random.Random(int(sys.argv[3])), case
    else:
        count, path, draw, make = 100, FILE, random.Random(11), small
    path.write_text("[\n" + ",\n".join(json.dumps(make(draw)) for _ in range(count)) + "\n]\n")


main()
