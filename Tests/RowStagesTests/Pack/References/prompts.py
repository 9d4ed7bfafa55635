"""The tokens of packed rows by the `tokenizers` library, with a byte-level vocabulary of the tokenizers' tests.

    python3 prompts.py > ../Fixtures/prompts.json        (needs: pip install tokenizers)

Each case has parameters of `pack` and, per conversation, the tokens that a model reads, up to the label's place. The
conversations are those of `packing.py`, of which the first 24 are taken.
"""

import json
from pathlib import Path

from tokenizers import Tokenizer

from packing import allocate, block, conversations, group, turns, units

VOCABULARY = Path(__file__).parents[3] / "TokenizersTests" / "Fixtures" / "byte-level.json"
TEMPLATE = {"begin": "<s>", "before": ["Compare.\n\n"], "after": ["\nA, B or C?\n", "Answer:"],
            "labels": ["A", "B", "C"], "end": "<|end|>", "specialTokens": ["<|end|>"]}

tokenizer = Tokenizer.from_file(str(VOCABULARY))


def ids(text):
    return tokenizer.encode(text, add_special_tokens=False).ids


def kept(tokens, count, side):
    if side == "keepStart":
        return tokens[:count]
    return tokens[-count:] if count else []


def by_words(row, M, side):
    """Type 3: the whole text at once; a turn that is too long by itself in three parts, with headings."""
    if len(row) > 1 or units(block(*row[0])) <= 0.75 * M:
        tokens = ids("\n\n".join(block(*turn) for turn in row))
        return kept(tokens, M, side) if len(tokens) > M else tokens
    prompt, a, b = row[0]
    parts = [ids("#Prompt\n" + prompt), ids("#Response\n##Model A\n" + a), ids("##Model B\n" + b)]
    if sum(map(len, parts)) <= M:
        return sum(parts, [])
    P = M // 5
    caps = allocate(*map(len, parts), P, (M - P) // 2)
    return sum((part[:cap] + ids("\n\n") for part, cap in zip(parts, caps)), [])


HEADINGS = [ids("#Prompt\n"), ids("\n\n#Response\n##Model A\n"), ids("\n\n##Model B\n")]


def exact_length(turn):
    return sum(map(len, HEADINGS)) + sum(len(ids(text)) for text in turn)


def exact_row(conversation_turns, M):
    """Token-exact: the last turns whose tokens, headings included, are at most M."""
    row, running = [], 0
    for turn in reversed(conversation_turns):
        running += exact_length(turn)
        if row and running > M:
            break
        row.insert(0, turn)
    return row


def exact(row, M):
    result = []
    for index, turn in enumerate(row):
        parts = [ids(text) for text in turn]
        if len(row) == 1 and exact_length(turn) > M:
            P = M // 5
            caps = allocate(*map(len, parts), P, (M - P) // 2)
            parts = [part[:cap] for part, cap in zip(parts, caps)]
        if index:
            result += ids("\n\n")
        result += sum((heading + part for heading, part in zip(HEADINGS, parts)), [])
    return result


def prompt(body):
    before = sum(map(ids, TEMPLATE["before"]), [tokenizer.token_to_id("<s>")])
    return before + body + sum(map(ids, TEMPLATE["after"]), [])


if __name__ == "__main__":
    rows = conversations(60)[:24]
    cases = []
    for M, side in [(150, "keepEnd"), (60, "keepStart"), (300, "keepEnd")]:
        expected = [prompt(by_words(group(turns(row, False), 0.75 * M, "backward")[-1], M, side)) for row in rows]
        cases.append({"parameters": {"maximumTokens": M, "truncation": side}, "tokens": expected})
    for M in [150]:
        expected = [prompt(exact(exact_row(turns(row, False), M), M)) for row in rows]
        cases.append({"parameters": {"maximumTokens": M, "length": "tokens"}, "tokens": expected})
    for case in cases:
        case["parameters"]["ownTemplate"] = TEMPLATE
    print("{\"cases\": [")
    print(",\n".join(json.dumps(case) for case in cases))
    print("]}")
