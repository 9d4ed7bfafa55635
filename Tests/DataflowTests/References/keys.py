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
print("strict command", key(
    "run", None, {}, {"rows": [[{}, digest("rows")]]},
    [["bash", "-euo", "pipefail"], "wc -w < ${inputs.rows} > ${outputs.count}"], {"count": "count.txt"}))
print("text", key("é", digest("code"), {"ключ": "e\u0301", "é": "é"}))


# What a command has discovered: trees of path sets and of snapshots, as in DiscoveryNode's documentation.
def tree(kind, discoveries):
    entries, folders = [], {}
    for names, aspect, state in discoveries:
        if len(names) == 1:
            entries.append((names[0], aspect, state))
        else:
            folders.setdefault(names[0], []).append((names[1:], aspect, state))
    entries.sort(key=lambda entry: (entry[0].encode(), entry[1]))
    listed = [[name, aspect] + ([state] if kind == "sluice.snapshot" else []) for name, aspect, state in entries]
    children = [[name, tree(kind, folders[name])] for name in sorted(folders, key=str.encode)]
    return Digest(hashlib.sha256(encode([kind, 1, listed, children])).digest())


DISCOVERIES = [
    ([".", "src", "tool.py"], 4, ["content", digest("tool")]),
    ([".", "src", "local.conf"], 0, ["absent"]),
    ([".", "src"], 3, ["names", digest("names")]),
    ([".", "current"], 1, ["link", digest("src")]),
    ([".", "."], 3, ["names", digest("root")]),
    (["~", ".netrc"], 0, ["file", 120, 0]),
    (["/", "usr", "bin", "python3"], 5, ["program", digest("python"), 1]),
]
declared = Digest(bytes.fromhex(key("run", command="x")))
snapshot = tree("sluice.snapshot", DISCOVERIES)
print("path set", tree("sluice.paths", DISCOVERIES).hex())
print("snapshot", snapshot.hex())
print("discovered", hashlib.sha256(encode(["sluice.key.discovered", 1, declared, snapshot])).hexdigest())
