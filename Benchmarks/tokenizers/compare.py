"""Compares Sluice's tokenizers with the Rust library `tokenizers` and others, on the same texts and as many threads, two by default.

Vocabularies come from a data folder (../shared/data beside the package, or --data); the texts are its prompts and answers. Without
one, vocabularies of 32,000 tokens are trained on the documentation in Python's standard library, which is what is encoded then.
Passes over all texts are timed without loading; the tokenizers take turns, in processes of their own. Speeds are of the median pass,
processor times of the least, since those of a busy machine are only ever too long.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PACKAGE / "Tests/TokenizersTests/References"))

PEER = """
import json, sys, time
sys.path.insert(0, {references!r})
import texts
kind, path, records, rounds, threads = sys.argv[1:6]
batch = [t.decode() for t in texts.read_texts(records)]
if kind == "tokenizers":
    import tokenizers
    t = tokenizers.Tokenizer.from_file(path)
    encode = lambda: sum(len(e.ids) for e in t.encode_batch_fast(batch))
elif kind == "gigatoken":
    import gigatoken
    t = gigatoken.Tokenizer.from_json(open(path, "rb").read())
    encode = lambda: int(t.encode_batch(batch).layout.content.length)
elif kind == "sentencepiece":
    import sentencepiece
    sp = sentencepiece.SentencePieceProcessor(model_file=path)
    encode = lambda: sum(map(len, sp.encode(batch, num_threads=int(threads))))
else:
    import tiktoken, tokenizer_files
    ranks = tokenizer_files.ranks_of(__import__("pathlib").Path(path))
    names = tokenizer_files.LLAMA3_SPECIAL
    e = tiktoken.Encoding("llama3", pat_str=tokenizer_files.LLAMA3, mergeable_ranks=ranks,
                          special_tokens={{n: len(ranks) + i for i, n in enumerate(names)}})
    encode = lambda: sum(map(len, e.encode_ordinary_batch(batch, num_threads=int(threads))))
for _ in range(int(rounds)):
    start, spent = time.perf_counter(), time.process_time()
    count = encode()
    print("encoded", time.perf_counter() - start, count, time.process_time() - spent, flush=True)
"""


def passes(command, environment=None):
    result = subprocess.run(command, capture_output=True, env=environment)
    if result.returncode:
        raise RuntimeError(f"{command[0]}: exit {result.returncode}: {result.stderr.decode()[-600:]}")
    lines = [line.split() for line in result.stdout.decode().splitlines() if line.startswith("encoded")]
    return [(float(line[1]), float(line[3])) for line in lines], int(lines[-1][2])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", default=".build/release/sluice", help="tokenize-texts is beside it")
    parser.add_argument("--data", default=str(PACKAGE.parent / "shared/data"))
    parser.add_argument("--texts", type=int, default=12000)
    parser.add_argument("--rounds", type=int, default=5, help="passes in a turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    arguments = parser.parse_args()
    data = Path(arguments.data)
    import texts as text_source
    import tokenizer_files

    has_data = (data / "tokenizers").exists()

    binary = Path(arguments.sluice).resolve().parent / "tokenize-texts"
    build = ["swift", "build", "-q", "-c", "release", "--product", "tokenize-texts"]
    subprocess.run(build, cwd=PACKAGE, check=True)
    folder = Path(tempfile.mkdtemp(prefix="tokenizers-"))
    if has_data:
        real = text_source.real(data / "comparisons/human_train.csv.zst", arguments.texts)
    else:
        real = text_source.documentation(arguments.texts)
    sets = {
        "chats": [t.encode() for t in real],
        "chats, one text": ["\n\n".join(real)[:4_000_000].encode()],
        "not English": [t.encode() for t in real if sum(c > "\u02ff" for c in t) * 2 > len(t)],
        "one letter, 1 MB": [b"a" * 1_000_000],
    }
    records = {}
    for name, batch in sets.items():
        records[name] = folder / name.replace(" ", "-")
        text_source.write_records(records[name], batch)
    if has_data:
        made = {n: p for n, p, _, _ in tokenizer_files.make(data / "tokenizers", folder, real[:3000])}
    else:
        made = tokenizer_files.train(folder, real)
    # All that read a tokenizer.json, and those that read another file of the same vocabulary.
    json_readers = lambda name: [("tokenizers", made[name]), ("gigatoken", made[name])]
    cases = [
        ("Llama-3's way", made["llama3"], json_readers("llama3")),
        ("Qwen2's way", made["qwen2"], json_readers("qwen2")),
        ("GPT-2's way", made["gpt2"], json_readers("gpt2")),
        ("Gemma's way", made["json-gemma"], json_readers("json-gemma")),
    ]
    if has_data:
        cases[0][2].append(("tiktoken", made["llama3-ranks"]))
        cases.append(("Llama-2, model", made["llama2-sp"], [
            ("tokenizers", made["json-llama"]), ("sentencepiece", made["llama2-sp"])]))
    environment = dict(os.environ, TOKENIZERS_PARALLELISM="true", RAYON_NUM_THREADS=str(arguments.threads))
    source = PEER.format(references=str(PACKAGE / "Tests/TokenizersTests/References"))
    print(f"\nEncoding on {arguments.threads} threads (MB/s, processor time of a pass, and how many times as much others take)")
    print(f"{'texts':<18}{'tokenizer':<18}{'by':<15}{'MB/s':>9}{'ratio':>8}{'ms':>9}{'ratio':>8}")
    for set_name, path in records.items():
        if not sets[set_name]:
            continue
        size = sum(map(len, sets[set_name])) / 1e6
        rounds = str(arguments.rounds)
        for name, own, peers in cases:
            commands = {"sluice": [binary, own, path, "-", "--repeat", rounds, "--threads", str(arguments.threads)]}
            for kind, file in peers:
                if kind == "tiktoken" and set_name == "one letter, 1 MB":
                    continue  # It needs memory and time without end.
                commands[kind] = [sys.executable, "-c", source, kind, str(file), str(path), rounds, str(arguments.threads)]
            timed = {kind: [] for kind in commands}
            counts = {}
            for _ in range(arguments.turns):
                for kind, command in commands.items():
                    more, counts[kind] = passes(command, environment)
                    timed[kind] += more
            base, spent = None, None
            for kind, results in timed.items():
                if kind != "sentencepiece" and abs(counts[kind] - counts["sluice"]) > len(sets[set_name]) * 2:
                    print(f"{set_name}: {name}: {kind} made {counts[kind]} tokens, Sluice {counts['sluice']}", file=sys.stderr)
                median, least = statistics.median(wall for wall, _ in results), min(cpu for _, cpu in results)
                base, spent = base or median, spent or least
                print(f"{set_name:<18}{name:<18}{kind:<15}{size / median:>9.1f}{median / base:>8.2f}"
                      f"{least * 1000:>9.1f}{least / spent:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
