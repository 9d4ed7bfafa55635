"""Writes Sources/Tokenizers/Unicode/*Data.swift: what the pip package `tokenizers` itself takes for a letter, a
number, white space and a canonical composition, so that the classes are of the same Unicode version as the peer's.

    python Tests/TokenizersTests/References/unicode_tables.py Sources/Tokenizers/Unicode
"""

import base64
import pathlib
import sys
import unicodedata

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def members(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    found = set()
    for start in range(0, len(SCALARS), 2000):
        chunk = SCALARS[start : start + 2000]
        left = split.pre_tokenize_str("".join(map(chr, chunk)))
        kept = {ord(c) for piece, _ in left for c in piece}
        found.update(c for c in chunk if c not in kept)
    return found


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def class_runs():
    letters, numbers, spaces = members(r"\p{L}"), members(r"\p{N}"), members(r"\s")
    out, previous, start = bytearray(), 0, 0
    for c in range(0x110000 + 1):
        kind = 1 if c in letters else 2 if c in numbers else 3 if c in spaces else 0
        if kind != previous or c == 0x110000:
            out += varint((c - start) << 2 | previous)
            previous, start = kind, c
    return bytes(out)


def compositions():
    """Per scalar that decomposes: step from the one before, first, second or 0, whether the pair composes again."""
    nfc, nfd = normalizers.NFC(), normalizers.NFD()
    out, previous = bytearray(), 0
    for c in SCALARS:
        if 0xAC00 <= c <= 0xD7A3 or nfd.normalize_str(chr(c)) == chr(c):
            continue
        parts = unicodedata.decomposition(chr(c)).split()
        if not parts or parts[0].startswith("<"):
            parts = [f"{ord(p):X}" for p in nfd.normalize_str(chr(c))]
            assert len(parts) <= 2, hex(c)
        pair = [int(p, 16) for p in parts]
        composes = len(pair) == 2 and nfc.normalize_str("".join(map(chr, pair))) == chr(c)
        out += varint(c - previous) + varint(pair[0])
        out += varint((pair[1] if len(pair) == 2 else 0) << 1 | composes)
        previous = c
    return bytes(out)


def combining_classes():
    """Runs of (step from the end of the one before, length, class)."""
    nfd = normalizers.NFD()
    runs = []
    for c in SCALARS:
        rank = unicodedata.combining(chr(c))
        if rank == 0:
            continue
        # U+0334 is of class 1, the lowest, U+0345 of class 240, the highest: the peer knows the mark if it reorders.
        known = (
            nfd.normalize_str("a" + chr(c) + "\u0334") != "a" + chr(c) + "\u0334"
            or nfd.normalize_str("a\u0345" + chr(c)) != "a\u0345" + chr(c)
            or rank in (1, 240) and c < 0x1000
        )
        if not known:
            print("unknown to the peer:", hex(c), rank)
            continue
        if runs and runs[-1][0] + runs[-1][1] == c and runs[-1][2] == rank:
            runs[-1][1] += 1
        else:
            runs.append([c, 1, rank])
    out, end = bytearray(), 0
    for start, length, rank in runs:
        out += varint(start - end) + varint(length) + varint(rank)
        end = start + length
    return bytes(out)


def literal(name, comment, data):
    text = base64.b64encode(data).decode()
    lines = [text[i : i + 100] for i in range(0, len(text), 100)]
    body = "\\\n".join(f"        {line}" for line in lines)
    return f"    /// {comment}\n    static let {name} = \"\"\"\n{body}\n        \"\"\"\n"


HEADER = (
    "// Written by Tests/TokenizersTests/References/unicode_tables.py from the classes of `tokenizers` "
    f"{tokenizers.__version__}.\n// Variable-length integers, seven bits a byte, low bits first, as Base64.\n\n"
)


def main():
    folder = pathlib.Path(sys.argv[1])
    (folder / "ScalarClassData.swift").write_text(
        HEADER
        + "enum ScalarClassData {\n"
        + literal("runs", "Runs of scalars from U+0000 on: length << 2 | class.", class_runs())
        + "}\n"
    )
    (folder / "CompositionData.swift").write_text(
        HEADER
        + "enum CompositionData {\n"
        + literal(
            "decompositions",
            "Per scalar that decomposes: step, first, second << 1 | whether the pair composes again.",
            compositions(),
        )
        + "\n"
        + literal("classes", "Runs of equal combining class: step, length, class.", combining_classes())
        + "}\n"
    )


if __name__ == "__main__":
    main()
