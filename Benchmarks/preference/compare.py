"""Compares the preference stages with the usual Python tools: whole processes on the same generated rows.

Ingest reads a Kaggle-shaped CSV whose three text columns are JSON lists, decodes them, and writes a table. It is compared with
Polars' CSV reader, with its JSON decoder and with orjson. Both sides decode the same cells and write Parquet with zstd, on all
CPU cores; Sluice also checks ids, labels and lengths, guesses languages, and hashes the output. That output is already in the
store, so nothing is committed: Polars has no such step.

Packing selects the last turns of each conversation that fit, by words, and writes their text. It is compared with the same rules
in Python, with Polars reading and writing the tables.

Training fits five fold models on hashed words and pairs of words, and reports the out-of-fold log loss. It is compared with
scikit-learn's TfidfVectorizer (words and pairs, on prompt, A, B and A - B) and LogisticRegression on the same folds.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

PYTHON = Path(__file__).resolve().parent.parent / ".peers" / "bin" / "python"

PIPELINE = """pipeline: bench
stages:
  sample: {{ kind: sample-comparisons, with: {{ rows: {rows}, meanTurnWords: {words}, duplicateShare: 0, oddCharacters: false }} }}
  rows:
    kind: ingest
    inputs: {{ file: sample.train }}
    with: {{ source: train, labels: required }}
    resources: {{ cpus: {cpus} }}
  split: {{ kind: split, inputs: {{ rows: rows.rows }}, with: {{ folds: 5, groupBy: [prompt] }} }}
  packed: {{ kind: pack, inputs: {{ rows: rows.rows }}, with: {{ maximumTokens: 1900 }} }}
  model:
    kind: train-linear
    matrix: {{ fold: {{ range: 5 }} }}
    inputs: {{ rows: packed.packed, folds: split.folds }}
    with: {{ fold: "${{matrix.fold}}" }}
  predictions: {{ kind: predict, inputs: {{ rows: packed.packed, folds: split.folds, model: "model[*].model" }} }}
  evaluate: {{ kind: evaluate, inputs: {{ rows: packed.packed, predictions: predictions }} }}
publish: {{ train.csv: sample.train, rows.parquet: rows.rows, folds.parquet: split.folds, metrics.json: evaluate.metrics }}
"""

POLARS = """
import polars as pl, sys
lists = pl.List(pl.String)
frame = pl.read_csv(sys.argv[1]).with_columns(
    pl.col(name).str.json_decode(lists) for name in ("prompt", "response_a", "response_b"))
frame.write_parquet(sys.argv[2], compression="zstd")
"""

ORJSON = """
import polars as pl, orjson, sys
frame = pl.read_csv(sys.argv[1])
frame = frame.with_columns(
    pl.Series(name, [orjson.loads(cell) for cell in frame[name]], dtype=pl.List(pl.String))
    for name in ("prompt", "response_a", "response_b"))
frame.write_parquet(sys.argv[2], compression="zstd")
"""

PACKING = """
import sys, polars as pl
LIMIT = 0.75 * 1900
rows = pl.read_parquet(sys.argv[1])
def length(text):
    characters, words = len(text), text.count(" ") + 1
    return 0.75 * characters if characters >= 30 * words and characters >= 300 else words
kept, texts = [], []
for prompts, first, second in zip(*(rows[name].to_list() for name in ("prompt", "response_a", "response_b"))):
    blocks, running = [], 0.0
    for prompt, a, b in zip(reversed(prompts), reversed(first), reversed(second)):
        prompt = "None" if prompt is None else prompt
        block = f"#Prompt\\n{prompt}\\n\\n#Response\\n##Model A\\n{a or 'None'}\\n\\n##Model B\\n{b or 'None'}"
        running += length(block)
        if blocks and running > LIMIT: break
        blocks.append(block)
    kept.append(len(blocks)); texts.append("\\n\\n".join(reversed(blocks)))
rows.with_columns(turns=pl.Series(kept), text=pl.Series(texts)).write_parquet(sys.argv[2], compression="zstd")
"""

SCIKIT = """
import sys, polars as pl, numpy as np, scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
rows = pl.read_parquet(sys.argv[1]); folds = pl.read_parquet(sys.argv[2])
rows = rows.join(folds.select("id", "fold"), on="id")
texts = {name: [" ".join(part or "" for part in cell) for cell in rows[name].to_list()]
         for name in ("prompt", "response_a", "response_b")}
labels = rows["label"].to_numpy(); fold = rows["fold"].to_numpy()
total = 0.0
for held in range(5):
    inside, outside = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=1 << 18, sublinear_tf=True, dtype=np.float32)
    vectorizer.fit([texts[name][i] for name in texts for i in inside])
    def design(index):
        prompt, a, b = (vectorizer.transform([texts[name][i] for i in index]) for name in texts)
        return sp.hstack([prompt, a, b, a - b]).tocsr()
    model = LogisticRegression(C=1.0, max_iter=100, n_jobs=2).fit(design(inside), labels[inside])
    total += log_loss(labels[outside], model.predict_proba(design(outside)), labels=model.classes_) * len(outside)
print(total / len(labels))
"""


def timed(command):
    start = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{command[0]}: exit {result.returncode}: {result.stderr[-800:]}")
    return time.perf_counter() - start, result.stdout


class Project:
    """A folder with the pipeline, whose stages are run repeatedly."""

    def __init__(self, sluice, folder, rows, words):
        self.sluice, self.folder = sluice, folder
        (folder / "bench.yaml").write_text(PIPELINE.format(rows=rows, words=words, cpus=os.cpu_count()))

    def run(self, *arguments):
        return timed([self.sluice, "run", "bench.yaml", *arguments, "-C", str(self.folder)])[0]

    def published(self, name):
        return self.folder / "artifacts" / "out" / "bench" / name


def compare_ingest(project, folder, rounds):
    train, figures = project.published("train.csv"), {}
    for _ in range(rounds):
        figures.setdefault("sluice", []).append(project.run("rows", "--only", "--force"))
        for name, script in (("polars, its JSON", POLARS), ("polars, orjson", ORJSON)):
            seconds, _ = timed([PYTHON, "-c", script, str(train), str(folder / "peer.parquet")])
            figures.setdefault(name, []).append(seconds)
    size = train.stat().st_size / 1e6
    base = statistics.median(figures["sluice"])
    print(f"\nIngest of a Kaggle-shaped CSV of {size:.0f} MB (seconds, and ratio to sluice)")
    for name, seconds in figures.items():
        print(f"{name:<18}{statistics.median(seconds):>8.2f}{statistics.median(seconds) / base:>8.2f}")


def compare_packing(project, folder, rounds):
    rows, figures = project.published("rows.parquet"), {}
    for _ in range(rounds):
        figures.setdefault("sluice", []).append(project.run("packed", "--only", "--force"))
        seconds, _ = timed([PYTHON, "-c", PACKING, str(rows), str(folder / "peer.parquet")])
        figures.setdefault("python, polars", []).append(seconds)
    base = statistics.median(figures["sluice"])
    print("\nPacking by word lengths (seconds, and ratio to sluice)")
    for name, seconds in figures.items():
        print(f"{name:<18}{statistics.median(seconds):>8.2f}{statistics.median(seconds) / base:>8.2f}")


def compare_training(project, sluice_rows):
    models = [f"model[fold={fold}]" for fold in range(5)]
    seconds = project.run(*models, "--only", "--force")
    loss = json.loads(project.published("metrics.json").read_text())["logLoss"]
    peer, output = timed(
        [PYTHON, "-c", SCIKIT, str(project.published("rows.parquet")), str(project.published("folds.parquet"))])
    print(f"\nFive fold models on {sluice_rows} rows (seconds, ratio to sluice, out-of-fold log loss)")
    print(f"{'sluice':<18}{seconds:>8.1f}{1:>8.2f}{loss:>10.4f}")
    print(f"{'scikit-learn':<18}{peer:>8.1f}{peer / seconds:>8.2f}{float(output):>10.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--rows", type=int, default=57_477)
    parser.add_argument("--words", type=int, default=100, help="words of a turn, on average")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        project = Project(arguments.sluice, folder, arguments.rows, arguments.words)
        # Runs everything once so that all inputs exist; the timed stages then run again.
        project.run()
        compare_ingest(project, folder, arguments.rounds)
        compare_packing(project, folder, arguments.rounds)
        compare_training(project, arguments.rows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
