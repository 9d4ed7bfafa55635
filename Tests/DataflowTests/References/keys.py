"""Computes the golden keys of KeyTests.swift from the table in Key's documentation, independently of the Swift code.

Run: python3 Tests/DataflowTests/References/keys.py
"""

import hashlib
import struct


class Digest(bytes):
    pass


def encode(value):
    if value is None:
        return b"N"
    if isinstance(value, bool):
        return b"B" + bytes([value])
    if isinstance(value, int):
        return b"I" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"F" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return b"S" + struct.pack(">Q", len(data)) + data
    if isinstance(value, Digest):
        return b"D" + value
    if isinstance(value, list):
        return b"L" + struct.pack(">Q", len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        items = sorted(value.items(), key=lambda item: item[0].encode())
        body = b"".join(encode(key) + encode(element) for key, element in items)
        return b"M" + struct.pack(">Q", len(value)) + body
    raise TypeError(value)


def digest(text):
    return Digest(hashlib.sha256(text.encode()).digest())


def key(kind, fingerprint=None, parameters={}, inputs={}, command=None, outputs={}, code=[], environment={}):
    preimage = ["sluice.key", 1, kind, fingerprint, parameters, inputs, command, outputs, code, environment]
    return hashlib.sha256(encode(preimage)).hexdigest()


print("kind", key(
    "split", digest("code"), {"folds": 5, "ratio": 0.25, "groupBy": "prompt", "none": None, "flags": [True, False]},
    {"rows": [[{}, digest("rows")]]}))
print("gather", key(
    "blend", digest("code"), {}, {"predictions": [[{"fold": 0}, digest("p0")], [{"fold": 1}, digest("p1")]]}))
print("command", key(
    "run", None, {}, {"rows": [[{}, digest("rows")]]}, "wc -w < ${inputs.rows} > ${outputs.count}",
    {"count": "count.txt"}, [digest("script")], {"LANG": "C", "UNSET": None}))
print("text", key("é", digest("code"), {"ключ": "e\u0301", "é": "é"}))
