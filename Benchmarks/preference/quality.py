"""What each member of Pipelines/preference.yaml adds: log losses out of fold, by source, and on rows that nothing has seen.

    quality.py --sluice .build/release/sluice --train all_train.parquet --provenance provenance.csv.zst
    quality.py --sluice .build/release/sluice --train all_train.parquet --hold-out 0.2

With --provenance, a table with the columns id and source, each row gets its source, so that the calibration and the scores are
by source. With --hold-out, this share of the prompts is set aside before anything is fitted. The fold models then predict these
rows, each by itself: a model that was helped by labels of its own held-out fold, through the predictions of other models that it
was trained with, would be better there, out of fold, than on the rows set aside. What is compared is the difference to `trees`,
which see no other model's predictions, so that rows that are easier than others do not count.

Needs polars (Benchmarks/.peers has it).
"""

import argparse
import hashlib
import json
import math
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[2]

# Per fold, the models' predictions of rows that no model has seen, with the same fold's models below the stack's.
NESTED = """
  nested-words:
    kind: predict
    matrix: {{ fold: {{ range: "${{folds}}" }} }}
    inputs: {{ rows: packed-test.packed, model: "words[fold=${{matrix.fold}}].model" }}
  nested-characters:
    kind: predict
    matrix: {{ fold: {{ range: "${{folds}}" }} }}
    inputs: {{ rows: packed-test.packed, model: "characters[fold=${{matrix.fold}}].model" }}
  nested-trees:
    kind: predict
    matrix: {{ fold: {{ range: "${{folds}}" }} }}
    inputs: {{ rows: packed-test.packed, model: "trees[fold=${{matrix.fold}}].model" }}
  nested-stack:
    kind: predict
    matrix: {{ fold: {{ range: "${{folds}}" }} }}
    inputs:
      rows: packed-test.packed
      model: "stack[fold=${{matrix.fold}}].model"
      predictions: ["nested-words[fold=${{matrix.fold}}]", "nested-characters[fold=${{matrix.fold}}]"]
      {features}

"""


def read(path):
    path = str(path)
    return pl.read_parquet(path) if path.endswith(".parquet") else pl.read_csv(path, infer_schema_length=0)


def losses(predictions, labels):
    """The log loss of each predicted row that has a label, by id."""
    joined = predictions.with_columns(pl.col("id").cast(pl.String)).join(labels, on="id")
    chosen = pl.when(pl.col("label") == "a").then("a").when(pl.col("label") == "b").then("b").otherwise("tie")
    return dict(joined.select("id", -chosen.clip(2.220446049250313e-16, 1.0).log()).iter_rows())


class Run:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.pipeline = folder / "preference.yaml"
        text = (ROOT / "Pipelines" / "preference.yaml").read_text()
        if arguments.hold_out:
            features = "features: vectors-test.features" if "vectors-test.features" in text else ""
            text = text.replace("\npublish:", NESTED.format(features=features) + "publish:")
        self.pipeline.write_text(text)

    def sluice(self, *arguments):
        command = [self.arguments.sluice, *arguments, "-C", str(self.folder)]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if result.returncode:
            raise SystemExit(f"exit {result.returncode}: {' '.join(command)}")
        return result.stdout

    def run(self, *stages, **files):
        settings = [item for name, path in files.items() for item in ("--set", f"{name}={path}")]
        start = time.perf_counter()
        self.sluice("run", str(self.pipeline), *stages, "--set", "sample=false", *settings, *self.arguments.run)
        return time.perf_counter() - start

    def table(self, artifact):
        path = self.folder / "artifact.parquet"
        path.unlink(missing_ok=True)
        self.sluice("cache", "get", artifact, str(path))
        return pl.read_parquet(path)


def prepare(arguments, folder):
    """The training file with sources, and the rows set aside."""
    rows = read(arguments.train).with_columns(pl.col("id").cast(pl.String))
    if arguments.provenance:
        sources = read(arguments.provenance).select(pl.col("id").cast(pl.String), "source")
        rows = rows.drop("source", strict=False).join(sources, on="id", how="left", maintain_order="left")
    share = arguments.hold_out or 0
    digests = [hashlib.sha256(prompt.encode()).digest() for prompt in rows["prompt"]]
    aside = pl.Series([int.from_bytes(digest[:4], "big") < share * 2**32 for digest in digests])
    train, test = folder / "train.parquet", folder / "test.parquet"
    rows.filter(~aside).write_parquet(train)
    rows.filter(aside).write_parquet(test)
    flag = lambda name: pl.col(f"winner_{name}").cast(pl.Int64) == 1
    labels = rows.select(
        "id", label=pl.when(flag("model_a")).then(pl.lit("a")).when(flag("model_b")).then(pl.lit("b")).otherwise(pl.lit("tie")))
    return train, test if share else None, labels


def show_metrics(metrics):
    print(f"{metrics['rows']} rows")
    print(f"{'class prior':<28}{metrics['prior']['scores']['logLoss']:>9.4f}")
    for member in metrics["members"]:
        print(f"{member['name']:<28}{member['scores']['logLoss']:>9.4f}")
    print(f"{'the prediction':<28}{metrics['logLoss']:>9.4f}")
    sources = metrics["slices"]["source"]
    if len(sources) > 1:
        print(f"\n{'source':<28}{'rows':>6}{'log loss':>10}{'its prior':>10}")
        for part in sources:
            print(f"{part['name']:<28}{part['scores']['rows']:>6}{part['scores']['logLoss']:>10.4f}{part['priorLogLoss']:>10.4f}")
        worse = [part for part in sources if part["scores"]["logLoss"] >= part["priorLogLoss"]]
        print(f"worse than its own prior: {len(worse)} of {len(sources)}")


def show_aside(run, labels):
    """The pipeline's predictions of the rows set aside, which are means over the fold models."""
    print(f"\n{'set aside':<28}{'log loss':>9}")
    steps = [f"{member}-test-tta" for member in ("words", "characters", "trees", "stack")]
    for step in (*steps, "blend-test", "sharpened-test", "calibrated-test", "ruled-test"):
        values = losses(run.table(f"{step}.predictions"), labels).values()
        print(f"{step:<28}{sum(values) / len(values):>9.4f}")


def show_nested(run, labels, folds):
    def mean(values):
        values = list(values)
        center = sum(values) / len(values)
        return center, math.sqrt(sum((value - center) ** 2 for value in values)) / len(values)

    print(f"\n{'':<28}{'out of fold':>12}{'set aside':>11}{'optimism':>10}{'±':>8}")
    found = {}
    for member in ("words", "characters", "trees", "stack"):
        inside = losses(run.table(f"{member}-tta.predictions"), labels)
        parts = [losses(run.table(f"nested-{member}[fold={fold}].predictions"), labels) for fold in range(folds)]
        outside = {name: sum(part[name] for part in parts) / folds for name in parts[0]}
        found[member] = inside, outside
        one, other = mean(inside.values()), mean(outside.values())
        error = math.hypot(one[1], other[1])
        print(f"{member:<28}{one[0]:>12.4f}{other[0]:>11.4f}{other[0] - one[0]:>10.4f}{error:>8.4f}")
    one, other = (
        mean(found["stack"][side][name] - found["trees"][side][name] for name in found["stack"][side]) for side in (0, 1))
    error = math.hypot(one[1], other[1])
    print(f"{'stack - trees':<28}{one[0]:>12.4f}{other[0]:>11.4f}{other[0] - one[0]:>10.4f}{error:>8.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", required=True, type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--train", required=True, help="labeled comparisons: CSV or Parquet")
    parser.add_argument("--provenance", help="a table with the columns id and source")
    parser.add_argument("--hold-out", type=float, help="the share of prompts to set aside")
    parser.add_argument("--folder", type=Path, help="where to run and keep the store; by default a temporary folder")
    parser.add_argument("--run", action="append", default=[], help="an option for sluice run, such as --run=-j1")
    arguments = parser.parse_args()
    folder = (arguments.folder or Path(tempfile.mkdtemp(prefix="quality-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        train, test, labels = prepare(arguments, folder)
        run = Run(arguments, folder)
        files = {"train": train} | ({"test": test} if test else {})
        seconds = run.run("evaluate", *(["nested-trees", "nested-stack", "ruled-test"] if test else []), **files)
        print(f"{seconds:.0f} s")
        metrics = folder / "metrics.json"
        metrics.unlink(missing_ok=True)
        run.sluice("cache", "get", "evaluate.metrics", str(metrics))
        show_metrics(json.loads(metrics.read_text()))
        if test:
            show_aside(run, labels)
            show_nested(run, labels, folds=5)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
