"""Compares two versions of Sluice: is this one as fast as that one was?

Usage: Benchmarks/versions/compare.py COMMIT [--source FOLDER] [--binary BEFORE] [--rounds N] [--rebuild]

Builds the commit in a folder of its own (or takes a checkout or a binary that is given), then runs both binaries in turn,
each in a fresh folder, and prints the medians of wall-clock and CPU seconds, and their ratios. A ratio below 1 means that
this version is faster. CPU seconds depend less on what else the machine does.

With --rebuild, it measures an incremental debug build of both versions instead, after an edit of one file of one stage kind.
"""

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def trivial(folder):
    (folder / "p.yaml").write_text(
        "pipeline: bench\nstages:\n"
        + "".join(f"  s{i}:\n    run: echo {i} > ${{outputs.o}}\n    outputs: {{ o: o.txt }}\n" for i in range(1000))
    )


def publishing(folder):
    generator = random.Random(7)
    with open(folder / "given.bin", "wb") as file:
        for _ in range(1 << 10):
            file.write(generator.randbytes(1 << 20))
    (folder / "p.yaml").write_text(
        "pipeline: bench\nstages:\n  copy:\n    inputs: { given: { file: given.bin } }\n"
        "    run: cp ${inputs.given} ${outputs.o}\n    outputs: { o: o.bin }\npublish:\n  o.bin: copy.o\n"
    )


def tables(folder):
    (folder / "p.yaml").write_text(
        "pipeline: bench\nstages:\n"
        "  sample: { kind: sample-comparisons, with: { rows: 20000, seed: 1 } }\n"
        "  rows: { kind: ingest, inputs: { file: sample.train }, with: { labels: required } }\n"
        "  unique: { kind: deduplicate, inputs: { rows: [rows.rows] } }\n"
        "  split: { kind: split, inputs: { rows: unique.rows }, with: { folds: 5 } }\n"
        "  packed: { kind: pack, inputs: { rows: unique.rows } }\n"
    )


def timed(folder, *command):
    """The wall-clock and CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=dict(os.environ, CI="true"), capture_output=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{command}: exit {done.returncode}: {(done.stdout + done.stderr).decode()[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(binaries, rounds):
    figures = {}
    for turn in range(rounds):
        for name, prepare, repeats in [
            ("1,000 trivial stages", trivial, 5),
            ("sampling, ingesting, splitting, packing 20,000 rows", tables, 3),
            ("publishing 1 GB", publishing, 1),
        ]:
            for side in (binaries, dict(reversed(binaries.items())))[turn % 2]:
                folder = Path(tempfile.mkdtemp(prefix="versions-"))
                try:
                    prepare(folder)
                    os.sync()
                    figures.setdefault((name, "cold"), {}).setdefault(side, []).append(
                        timed(folder, binaries[side], "run", "p.yaml"))
                    for _ in range(repeats):
                        figures.setdefault((name, "no-op"), {}).setdefault(side, []).append(
                            timed(folder, binaries[side], "run", "p.yaml"))
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
    report(figures)


def report(figures):
    print(f"{'':<64}{'wall before':>12}{'after':>9}{'ratio':>7}{'CPU before':>12}{'after':>9}{'ratio':>7}")
    for (name, what), sides in figures.items():
        line = f"{name}, {what}".ljust(64)
        for index in (0, 1):
            before, after = (statistics.median(pair[index] for pair in sides[side]) for side in ("before", "after"))
            line += f"{before:>12.3f}{after:>9.3f}{after / before:>7.2f}"
        print(line)


def rebuild(folders, rounds):
    """The seconds of an incremental build after one more constant in the main file of the kind `pack`."""
    what = ("incremental build after an edit of one kind", "debug")
    figures = {what: {side: [] for side in folders}}
    # Everything is built first, so that only the edit is measured.
    for side, folder in folders.items():
        timed(folder, "swift", "build")
    for turn in range(rounds):
        for side, folder in folders.items():
            (file,) = folder.glob("Sources/*/Pack/Pack.swift")
            text = file.read_text()
            try:
                file.write_text(f"{text}\nprivate let probe{turn} = {turn}\n")
                figures[what][side].append(timed(folder, "swift", "build"))
            finally:
                file.write_text(text)
    # As they were, so that the next build of this checkout is not that of an edit.
    for folder in folders.values():
        timed(folder, "swift", "build")
    report(figures)


def checkout(commit):
    """A checkout of a commit in a folder of its own; `git worktree remove` removes it."""
    folder = Path(tempfile.mkdtemp(prefix="versions-source-"))
    subprocess.run(["git", "worktree", "add", "--force", "--detach", folder, commit], cwd=ROOT, check=True)
    if (ROOT / ".dependencies").exists():
        (folder / ".dependencies").symlink_to((ROOT / ".dependencies").resolve())
    return folder


def release(folder):
    """The release binary of a checkout, which is built."""
    for product in ["ArrowBridge", "sluice"]:
        subprocess.run(
            ["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", product], cwd=folder, check=True)
    return folder / ".build/release/sluice"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("--binary", type=Path, help="a release binary of the commit, to save its build")
    parser.add_argument("--source", type=Path, help="a checkout of the commit, to save making one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rebuild", action="store_true")
    arguments = parser.parse_args()
    source = arguments.source
    if source is None and (arguments.rebuild or arguments.binary is None):
        source = checkout(arguments.commit)
    try:
        if not arguments.rebuild:
            binaries = {"before": arguments.binary or release(source), "after": ROOT / ".build/release/sluice"}
        print(f"\nBefore: {arguments.commit}; after: this checkout. Seconds; ratios are after to before.")
        if arguments.rebuild:
            rebuild({"before": source, "after": ROOT}, arguments.rounds)
        else:
            compare(binaries, arguments.rounds)
    finally:
        if source is not None and arguments.source is None:
            subprocess.run(["git", "worktree", "remove", "--force", source], cwd=ROOT)


if __name__ == "__main__":
    main()
