#!/usr/bin/env python3
"""What Python's json makes of 20,000 texts, most of them damaged: the reference of MutationTests.swift.

    mutations.py > ../Fixtures/mutations.txt

The texts come from a generator that the tests have too; what it puts together stands first, in hexadecimal. For each text, a letter
says who reads it: `s` the strict rules, and so the tolerant ones; `t` only these; `-` nobody. A line holds the letters of 100 texts
and a digest of what was read.
"""
import hashlib
import json

COUNT = 20_000
DEPTH = 64
BASES = [
    '{"id": 12, "prompt": ["Hello \\u4f60\\u597d", null], "winner": "model_a", "x": {"a": [1, -2.5e3, true]}}',
    '["\\ud83e\\udd99 \\"q\\" \\\\ \\/ \\b\\f\\n\\r\\t", "\\ud800", "\\udc00\\ud800", "é你🦙", "\\u0000"]',
    '[0, -0, 1.0, 1e5, 1E-5, 18446744073709551615, 0.1e+10, NaN, -Infinity, Infinity, 123456789012345678901234567890]',
    '{"a":{"a":{"a":{"a":[[[[{"b":"c"}]]]]}}},"b":false,"c":"","d":[],"e":{}}',
    ' [ \n\t"raw\u0001control\u001f" , "tab\there" ,\r\n null ] ',
    '[' * 63 + '"deep"' + ']' * 63,
]
TOKENS = [
    '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', '+', ' ', '\n', '\x00', '\x1f', '\u00e9', '\\u', '\\ud83e',
    '\\udd99', '\\x', 'null', 'true', 'NaN', 'Infinity', '"a":1,', '[[[[', ']]]]', '\ufeff', '\\"',
]


class Draw:
    """A linear congruential generator of 64 bits, by its upper half."""

    def __init__(self, state):
        self.state = state

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % bound


def mutation(draw, bases=BASES, tokens=TOKENS):
    """A text with up to three changes."""
    text = bytearray(bases[draw.below(len(bases))].encode())
    for _ in range(draw.below(4)):
        place = draw.below(len(text) + 1)
        match draw.below(6):
            case 0:
                text[place:place] = tokens[draw.below(len(tokens))].encode()
            case 1:
                length = draw.below(8)
                del text[place:place + length]
            case 2:
                length = draw.below(20)
                text[place:place] = text[place:place + length]
            case 3 if draw.below(8) == 0:
                del text[place:]
            case 4:
                text[place:place + 1] = bytes([draw.below(256)])
            case _:
                text[place:place + 1] = bytes([0x20 + draw.below(0x60)])
    return bytes(text)


class Refused(Exception):
    pass


def members(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise Refused
    return ("object", pairs)


def read(text, strict):
    """The value of a text, numbers as they are written."""
    number = lambda digits: ("number", digits)
    def constant(word):
        if strict:
            raise Refused
        return number(word)
    decoder = json.JSONDecoder(
        object_pairs_hook=members, parse_int=number, parse_float=number, parse_constant=constant, strict=strict)
    return decoder.decode(text.decode("utf-8-sig"))


def written(value, strict, depth=0):
    """A value as bytes that no other value has; half a surrogate pair is U+FFFD, or nothing by the strict rules."""
    if depth >= DEPTH:
        raise Refused
    match value:
        case None:
            return b"n"
        case True:
            return b"t"
        case False:
            return b"f"
        case ("number", digits):
            return b"#" + digits.encode() + b";"
        case str():
            if any(0xD800 <= ord(letter) < 0xE000 for letter in value):
                if strict:
                    raise Refused
                value = "".join("\ufffd" if 0xD800 <= ord(letter) < 0xE000 else letter for letter in value)
            text = value.encode()
            return b"s%d:" % len(text) + text
        case list():
            return b"[" + b"".join(written(element, strict, depth + 1) for element in value) + b"]"
        case ("object", pairs):
            inner = (written(name, strict) + written(member, strict, depth + 1) for name, member in pairs)
            return b"{" + b"".join(inner) + b"}"


def main():
    for base in BASES:
        print("base", base.encode().hex())
    for token in TOKENS:
        print("token", token.encode().hex())
    draw = Draw(7)
    for _ in range(0, COUNT, 100):
        letters, digest = "", hashlib.sha256()
        for _ in range(100):
            text = mutation(draw)
            letter = "-"
            for rules, strict in [("t", False), ("s", True)]:
                try:
                    value = written(read(text, strict), strict)
                except (ValueError, Refused, RecursionError):
                    continue
                letter = rules
                digest.update(value + b"\n")
            letters += letter
        print(letters, digest.hexdigest()[:16])


if __name__ == "__main__":
    main()
