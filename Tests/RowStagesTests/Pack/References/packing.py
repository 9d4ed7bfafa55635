"""Packs conversations drawn from a seed, from the rules as they are written down, with plain lists and strings.

    python3 packing.py > ../Fixtures/packing.json
    python3 packing.py SEED > FILE                    # other conversations and parameters, for `make test-parity`

Lengths are estimated by words. One conversation per line of the fixture's `conversations`; `cases` are parameters of
`pack` with, for each row it writes, the id, the part, the number of turns, the flags, and the text's SHA-256.
"""

import hashlib
import json
import math
import random
import sys


def pieces(text):
    return len(text.split(" "))


def units(text):
    characters, words = len(text), pieces(text)
    return 0.75 * characters if characters >= 30 * words and characters >= 300 else words


def tokens(text):
    return math.ceil(units(text) / 0.75)


def prefix(text, limit):
    if tokens(text) <= limit:
        return text
    if limit <= 0:
        return ""
    if units(text) == 0.75 * len(text):
        return text[:limit]
    return " ".join(text.split(" ")[: math.floor(0.75 * limit)])


def block(prompt, a, b):
    return f"#Prompt\n{prompt}\n\n#Response\n##Model A\n{a}\n\n##Model B\n{b}"


def allocate(p, a, b, P, R):
    spare = max(0, P - p)
    if a <= R and b <= R:
        spare += (R - a) + (R - b)
        cap_a, cap_b = a, b
    elif a > R and b > R:
        need = (a - R) + (b - R)
        if need <= spare:
            spare, cap_a, cap_b = spare - need, a, b
        else:
            cap_a = cap_b = R + spare // 2
            spare = 0
    elif a > R:
        spare += R - b
        cap_a, cap_b = min(a, R + spare), b
        spare -= cap_a - R
    else:
        spare += R - a
        cap_a, cap_b = a, min(b, R + spare)
        spare -= cap_b - R
    return min(p, P) + spare, cap_a, cap_b


def turns(conversation, drop_empty):
    triples = list(zip(conversation["prompt"], conversation["response_a"], conversation["response_b"]))
    if drop_empty and len(triples) > 1:
        triples = [t for t in triples if t[1] is not None or t[2] is not None] or triples[-1:]
    return [("None" if p is None else p, a or "None", b or "None") for p, a, b in triples]


def group(conversation_turns, limit, packing):
    order = conversation_turns if packing == "forward" else conversation_turns[::-1]
    rows, running = [], 0.0
    for turn in order:
        length = units(block(*turn))
        if rows and running + length <= limit:
            rows[-1].append(turn)
            running += length
        else:
            rows.append([turn])
            running = length
    if packing == "backward":
        rows = [row[::-1] for row in rows[::-1]]
    return rows


def pack(conversations, maximumTokens, packing="backward", rows="last", removeEmptyTurns=False,
         promptTokens=None, responseTokens=None):
    M = maximumTokens
    P = M // 5 if promptTokens is None else promptTokens
    R = max(0, M - P) // 2 if responseTokens is None else responseTokens
    result = []
    for conversation in conversations:
        found = group(turns(conversation, removeEmptyTurns), 0.75 * M, packing)
        for part, row in [(0, found[-1])] if rows == "last" else list(enumerate(found)):
            overflow = len(row) == 1 and units(block(*row[0])) > 0.75 * M
            truncated = False
            if overflow and sum(map(tokens, row[0])) > M:
                caps = allocate(*map(tokens, row[0]), P, R)
                cut = tuple(prefix(text, cap) for text, cap in zip(row[0], caps))
                truncated, row = cut != row[0], [cut]
            text = "\n\n".join(block(*turn) for turn in row)
            result.append([conversation["id"], part, len(row), overflow, truncated,
                           hashlib.sha256(text.encode()).hexdigest()])
    return result


def conversations(count, seed=20260704):
    draw = random.Random(seed)

    def text(most):
        kind = draw.random()
        if kind < 0.08:
            return None
        if kind < 0.14:
            return ""
        if kind < 0.3:
            return "".join(draw.choice("你好吗我们天气很世界。") for _ in range(draw.randint(1, 3 * most)))
        words = [draw.choice(["a", "word", "é", "two\nlines", "", "x" * 9]) for _ in range(draw.randint(1, most))]
        return " ".join(words)

    result = []
    for number in range(count):
        most = draw.choice([10, 40, 160])
        length = draw.choice([1, 1, 1, 2, 3, 5])
        result.append({
            "id": str(number), "prompt": [text(most) for _ in range(length)],
            "response_a": [text(most) for _ in range(length)], "response_b": [text(most) for _ in range(length)]})
    return result


def drawn(draw):
    """Parameters of a case."""
    parameters = {"maximumTokens": draw.randint(1, 700)}
    for name, values in [("packing", ["forward", "backward"]), ("rows", ["all", "last"]), ("removeEmptyTurns", [True, False])]:
        if draw.random() < 0.6:
            parameters[name] = draw.choice(values)
    for name in ("promptTokens", "responseTokens"):
        if draw.random() < 0.3:
            parameters[name] = draw.randint(0, parameters["maximumTokens"])
    return parameters


if __name__ == "__main__":
    fixed = [
        {"maximumTokens": 64}, {"maximumTokens": 64, "rows": "all"}, {"maximumTokens": 200},
        {"maximumTokens": 200, "rows": "all", "removeEmptyTurns": True},
        {"maximumTokens": 200, "packing": "forward", "rows": "all"}, {"maximumTokens": 500, "rows": "all"},
        {"maximumTokens": 150, "promptTokens": 20, "responseTokens": 100},
        {"maximumTokens": 150, "promptTokens": 0, "responseTokens": 0},
    ]
    if len(sys.argv) > 1:
        draw = random.Random(int(sys.argv[1]))
        rows, fixed = conversations(400, int(sys.argv[1])), [drawn(draw) for _ in range(40)]
    else:
        rows = conversations(60)
    cases = [{"parameters": parameters, "rows": pack(rows, **parameters)} for parameters in fixed]
    print("{\"conversations\": [")
    print(",\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    print("], \"cases\": [")
    print(",\n".join(json.dumps(case) for case in cases))
    print("]}")
