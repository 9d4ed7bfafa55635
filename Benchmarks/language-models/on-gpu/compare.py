"""Compares logits, probabilities and losses: the processor in single precision, the GPU, and transformers + PEFT in BF16.

    compare.py PARITY OUTPUT

PARITY has the processor's results, OUTPUT the others. The GPU is near if it is within the limits of single precision, and no
further from transformers than the limits and transformers' own distance from single precision."""
import json
import math
import pathlib
import sys


LIMITS = {"logits": 2e-2, "probabilities": 5e-3, "losses": 1e-2}


def read(path):
    try:
        return json.loads(pathlib.Path(path).read_text().strip().splitlines()[-1])
    except (OSError, IndexError, ValueError):
        return None


def probabilities(row):
    powers = [math.exp(value - max(row)) for value in row]
    return [value / sum(powers) for value in powers]


def compare(one, other):
    flat = lambda rows: [value for row in rows for value in row]
    largest = lambda a, b: max(abs(x - y) for x, y in zip(a, b))
    return {
        "logits": largest(flat(one["logits"]), flat(other["logits"])),
        "probabilities": largest(
            flat(map(probabilities, one["logits"])), flat(map(probabilities, other["logits"]))),
        "losses": largest(one["losses"], other["losses"]),
        "firstLoss": abs(one["losses"][0] - other["losses"][0]),
        "lossRange": [min(other["losses"]), max(other["losses"])],
    }


output = pathlib.Path(sys.argv[2])
processor = read(pathlib.Path(sys.argv[1]) / "processor.json")
gpu, peers = read(output / "parity-1.json"), read(output / "parity-peers.json")
pairs = {"gpu and processor": (gpu, processor), "gpu and peers": (gpu, peers), "peers and processor": (peers, processor)}
found = {name: compare(*pair) for name, pair in pairs.items() if None not in pair}
near = len(found) == len(pairs)
for quantity, limit in LIMITS.items() if near else []:
    noise = found["peers and processor"][quantity]
    near = near and found["gpu and processor"][quantity] <= limit and found["gpu and peers"][quantity] <= limit + noise
print(json.dumps(found | {"isNear": near}))
