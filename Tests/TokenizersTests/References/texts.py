"""The texts that tokenizers are compared on: real ones where there are some, and adversarial ones from a seed."""

import csv
import io
import json
import random
import struct
import subprocess

csv.field_size_limit(1 << 30)

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", " ", "  ", "   \n", "\n\t\r",
    "'sS'tT're'VE'll'D'm", ".,;:!?()[]{}<>|/\\\"'`~@#$%^&*-_=+", "äöüßéèêñçøåÆŒ", "нещоБългЯё", "αβγΔΩς",
    "كلمةعربيَّةُ", "שלוםעולם", "नमस्तेहिन्दी", "ไทยภาษา", "漢字中文简体日本語かなカナ", "한국어각힣ㄱㅏ각",
    "😀🦙👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇩🇪", "e\u0301a\u0308\u0323o\u0302\u0301\u0334\u0345", "\u200b\u200d\ufeff\u00a0\u2003\u3000\u0085\u2028\u180e",
    "".join(map(chr, range(32))), "\x7f\x80\x9f\ufffd\ufffe\uffff", "▁", "Ġ▁<0x41><s>", "½²³Ⅷ௧٣", "ſK", "\U00010348𝔘𝒳\U0010fffd",
    "ﬁﬀ①㌔ｶﾞ", "̃̂́", "‘’“”—…•",
]


def adversarial(seed, count, specials):
    """`count` texts: mixtures of alphabets, words repeated, specials in odd places, and some very long words."""
    draw = random.Random(seed)
    for index in range(count):
        kind = draw.random()
        if kind < 0.5:
            letters = "".join(draw.sample(ALPHABETS, draw.randint(1, 4)))
            text = "".join(draw.choice(letters) for _ in range(draw.randint(0, 60)))
        elif kind < 0.7:
            text = "".join(
                "".join(draw.choice(alphabet) for _ in range(draw.randint(1, 12)))
                for alphabet in (draw.choice(ALPHABETS) for _ in range(draw.randint(1, 15)))
            )
        elif kind < 0.8:
            text = "".join(chr(draw.choice((draw.randrange(0x3000), draw.randrange(0xD800), draw.randrange(0xE000, 0x110000))))
                           for _ in range(draw.randint(1, 20)))
        elif kind < 0.95 and specials:
            text = "".join(
                draw.choice(specials) if draw.random() < 0.4
                else draw.choice(["", " ", "  ", "\n", "x", "word ", " word", "▁", "é", "<", "|", "12", "\u3000"])
                for _ in range(draw.randint(1, 10))
            )
        elif kind < 0.99:
            text = draw.choice(["a", " ", "ab", "\n", "1", "é", "漢", "▁", "the ", "🦙", "\u0301", "=", "aA1 "]) * draw.randint(1, 400)
        else:
            letters = draw.choice(ALPHABETS)
            text = "".join(draw.choice(letters) for _ in range(draw.randint(500, 5000)))
        yield text


def real(path, count):
    """Prompts and answers of a Kaggle-like table, each turn a text."""
    raw = subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE, check=True).stdout.decode()
    texts = []
    for row in csv.DictReader(io.StringIO(raw)):
        for column in ("prompt", "response_a", "response_b"):
            try:
                turns = json.loads(row[column])
            except ValueError:
                turns = [row[column]]
            texts += [turn for turn in turns if isinstance(turn, str)]
    random.Random(0).shuffle(texts)
    return [t.encode("utf-8", "replace").decode() for t in texts[:count]]


def documentation(count):
    """Paragraphs of the standard library's documentation and sources, for where there are no real texts."""
    import pathlib
    import pydoc_data.topics

    paragraphs = [p for topic in pydoc_data.topics.topics.values() for p in topic.split("\n\n")]
    for path in sorted(pathlib.Path(pydoc_data.__file__).parent.parent.glob("*.py")):
        paragraphs += path.read_text("utf-8", "replace").split("\n\n\n")
    random.Random(0).shuffle(paragraphs)
    return [p for p in paragraphs if p.strip()][:count]


def broken(seed, count):
    """Bytes that are not UTF-8."""
    draw = random.Random(seed)
    for _ in range(count):
        text = bytearray("".join(draw.choice(draw.choice(ALPHABETS)) for _ in range(draw.randint(1, 30))).encode())
        for _ in range(draw.randint(1, 6)):
            place = draw.randrange(len(text) + 1)
            text[place : place + draw.randint(0, 1)] = bytes([draw.choice((0x80, 0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xA0, 0xF0, 0xF4, 0xF8, 0xFF, 0x41))])
        yield bytes(text)


def write_records(path, records):
    with open(path, "wb") as file:
        for record in records:
            file.write(struct.pack("<I", len(record)) + record)


def read_ids(path):
    data, position, lists = open(path, "rb").read(), 0, []
    while position < len(data):
        (count,) = struct.unpack_from("<I", data, position)
        lists.append(list(struct.unpack_from(f"<{count}i", data, position + 4)))
        position += 4 + 4 * count
    return lists


def read_texts(path):
    data, position, texts = open(path, "rb").read(), 0, []
    while position < len(data):
        (count,) = struct.unpack_from("<I", data, position)
        texts.append(data[position + 4 : position + 4 + count])
        position += 4 + count
    return texts
