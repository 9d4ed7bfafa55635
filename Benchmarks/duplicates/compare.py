"""Compares near-duplicate search with datasketch: whole processes on the same texts, generated from a seed.

Both use lowercase character 5-grams, sketches of at most 128 positions and a threshold of 0.8, and verify the candidates of
their index exactly; datasketch is used as its documentation shows (MinHash.bulk, MinHashLSH, query, then the Jaccard similarity
of the sets). Brute force over a sample tells how many pairs each finds. A last run measures a million texts.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

PYTHON = Path(__file__).resolve().parent.parent / ".peers" / "bin" / "python"

PIPELINE = """pipeline: bench
stages:
  texts: {{ kind: near-duplicates, inputs: {{ rows: {{ file: {rows} }} }}, resources: {{ cpus: {cpus} }} }}
publish: {{ groups.parquet: texts.groups, links.parquet: texts.links, report.json: texts.report }}
"""

MAKE = """
import random, sys, polars as pl
count, path = int(sys.argv[1]), sys.argv[2]
draw = random.Random(7)
words = ["".join(draw.choices("etaoinshrdlucmfwypvbgkjqxz", k=draw.randint(2, 9))) for _ in range(20000)]
texts = []
while len(texts) < count:
    text = draw.choices(words, k=draw.randint(5, 25))
    texts.append(" ".join(text))
    # One text in five has near-duplicates that differ in one or two words.
    if draw.random() < 0.2:
        for _ in range(draw.randint(1, 4)):
            copy = list(text)
            for _ in range(draw.randint(0, 2)):
                copy[draw.randrange(len(copy))] = draw.choice(words)
            texts.append(" ".join(copy))
texts = texts[:count]
draw.shuffle(texts)
lists, none = pl.List(pl.String), [None] * count
pl.DataFrame(
    {"id": [f"r{i}" for i in range(count)], "source": ["made"] * count, "model_a": none, "model_b": none,
     "prompt": [[text] for text in texts], "response_a": [["a"]] * count, "response_b": [["b"]] * count,
     "label": none, "language": none, "group": none},
    schema={"id": pl.String, "source": pl.String, "model_a": pl.String, "model_b": pl.String, "prompt": lists,
            "response_a": lists, "response_b": lists, "label": pl.String, "language": pl.String, "group": pl.String},
).write_parquet(path)
"""

DATASKETCH = """
import sys, polars as pl
from datasketch import MinHash, MinHashLSH
texts = [" ".join(prompt).lower() for prompt in pl.read_parquet(sys.argv[1])["prompt"].to_list()]
sets = [{text[i:i + 5].encode() for i in range(max(1, len(text) - 4))} for text in texts]
sketches = MinHash.bulk(sets, num_perm=128)
index = MinHashLSH(threshold=0.8, num_perm=128)
with index.insertion_session() as session:
    for row, sketch in enumerate(sketches):
        session.insert(row, sketch)
parents = list(range(len(texts)))
def find(row):
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row
for row, sketch in enumerate(sketches):
    for other in index.query(sketch):
        if other < row:
            a, b = sets[row], sets[other]
            if len(a & b) >= 0.8 * len(a | b):
                parents[max(find(row), find(other))] = min(find(row), find(other))
pl.DataFrame({"group": [find(row) for row in range(len(texts))]}).write_parquet(sys.argv[2])
"""

RECALL = """
import sys, polars as pl
texts = [" ".join(prompt).lower() for prompt in pl.read_parquet(sys.argv[1])["prompt"].to_list()]
groups = pl.read_parquet(sys.argv[2])["group"].to_list()
sets = [{text[i:i + 5] for i in range(max(1, len(text) - 4))} for text in texts]
# Compares each text of a sample with all texts that share a 5-gram, so no pair is missed.
runs = {}
for row, runs_of_row in enumerate(sets):
    for run in runs_of_row:
        runs.setdefault(run, []).append(row)
pairs = found = 0
for row in range(0, len(texts), max(1, len(texts) // 2000)):
    common = {}
    for run in sets[row]:
        for other in runs[run]:
            common[other] = common.get(other, 0) + 1
    for other, count in common.items():
        if other != row and count >= 0.8 * (len(sets[row]) + len(sets[other]) - count):
            pairs += 1
            found += groups[row] == groups[other]
print(found / pairs, pairs)
"""


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{command[0]}: exit {result.returncode}: {result.stderr[-800:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return time.perf_counter() - start, used, result.stdout


class Project:
    """A folder with texts and the pipeline that searches them."""

    def __init__(self, sluice, folder, rows, cpus=2):
        self.sluice, self.folder, self.texts = sluice, folder / str(rows), folder / str(rows) / "rows.parquet"
        self.folder.mkdir()
        timed([PYTHON, "-c", MAKE, rows, self.texts])
        (self.folder / "bench.yaml").write_text(PIPELINE.format(rows=self.texts, cpus=cpus))

    def run(self):
        return timed([self.sluice, "run", "bench.yaml", "--force", "-C", self.folder])[:2]

    def published(self, name):
        return self.folder / "artifacts" / "out" / "bench" / name


def recall(project, groups):
    share, pairs = timed([PYTHON, "-c", RECALL, project.texts, groups])[2].split()
    return float(share), int(pairs)


def compare(project, rows, rounds):
    peer = project.folder / "peer.parquet"
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(project.run())
        theirs.append(timed([PYTHON, "-c", DATASKETCH, project.texts, peer])[:2])
    print(f"\nNear-duplicates among {rows} texts (seconds, CPU seconds, ratios to sluice, recall)")
    base = [statistics.median(figure[index] for figure in ours) for index in (0, 1)]
    for name, figures, groups in (("sluice", ours, project.published("groups.parquet")), ("datasketch", theirs, peer)):
        wall, used = (statistics.median(figure[index] for figure in figures) for index in (0, 1))
        share, pairs = recall(project, groups)
        print(f"{name:<12}{wall:>8.2f}{used:>8.2f}{wall / base[0]:>8.1f}{used / base[1]:>8.1f}{share:>8.4f} of {pairs}")


def million(project, rows):
    wall, used = project.run()
    report = json.loads(project.published("report.json").read_text())
    print(f"\n{rows} texts: {wall:.1f} s, {used:.1f} s of CPU time, {report['groups']} groups, "
          f"{report['compared']} pairs compared")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", help="the Python that has the peers", default=PYTHON)
    arguments = parser.parse_args()
    PYTHON = arguments.python
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        compare(Project(arguments.sluice, folder, arguments.rows), arguments.rows, arguments.rounds)
        if arguments.many:
            million(Project(arguments.sluice, folder, arguments.many), arguments.many)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
