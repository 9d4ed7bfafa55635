"""Measures how long it takes to publish a 1 GB output, compared with `cp` and `sync` of the same bytes, and how much a 1 %
edit adds to the store.

The stage copies a file whose digest the store already knows, as `cp` does. Time is taken until the output is in the store and
the store is on disk. The stage's own copying is reported separately and subtracted for the ratio. There are two kinds of
content: text-like (compressible) and random (incompressible).

In a virtual machine, memory that the host has reclaimed is slow at first touch. So a file first fills the free memory, if the
disk has room for it, and nothing is deleted while times are taken.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path


def write_content(path, size, kind, seed):
    generator = random.Random(seed)
    words = [bytes(generator.choices(b"abcdefghijklmnopqrstuvwxyz", k=generator.randint(2, 10))) for _ in range(5000)]
    with open(path, "wb") as file:
        written = 0
        while written < size:
            if kind == "text":
                block = b" ".join(generator.choices(words, k=160_000))
            else:
                block = generator.randbytes(1 << 20)
            file.write(block[: size - written])
            written += min(len(block), size - written)


def edit(path, share):
    """Overwrites `share` of the file in one place and inserts a few bytes in another, which shifts everything after it."""
    size = path.stat().st_size
    data = bytearray(path.read_bytes())
    # Not the seed of the content, which would already contain these bytes.
    generator = random.Random(1_000_003)
    length = int(size * share)
    at = generator.randrange(size - length)
    data[at : at + length] = generator.randbytes(length)
    data[size // 7 : size // 7] = b"inserted"
    path.write_bytes(data)


def fill_memory(path, needed):
    """Writes a file as large as the free memory, so that the page cache occupies it."""
    lines = (line.split() for line in open("/proc/meminfo"))
    free = next(int(words[1]) << 10 for words in lines if words[0] == "MemFree:")
    if shutil.disk_usage(path.parent).free < free + needed:
        print("(not enough disk space to fill the free memory first)")
        return
    block = bytes(1 << 24)
    with open(path, "wb") as file:
        for _ in range(free // len(block)):
            file.write(block)


def timed(command, folder):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start, done.stdout


def store_size(folder):
    return sum(file.stat().st_size for file in (folder / "artifacts").glob("store.sqlite*"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"\nPublishing {arguments.megabytes} MB (seconds)")
    print(f"{'content':<9}{'cp+sync':>9}{'sluice':>9}{'stage':>8}{'ratio':>8}{'stored':>9}{'1 % edit adds':>15}")
    for kind in ("text", "random"):
        size = arguments.megabytes << 20
        copy, publish, stages = [], [], []
        folders = [Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("TMPDIR"))) for _ in range(arguments.rounds)]
        for seed, folder in enumerate(folders):
            write_content(folder / "source.bin", size, kind, seed)
        fill_memory(folders[0] / "fill", 4 * size * arguments.rounds)
        for folder in folders:
            source = folder / "source.bin"
            timed(["cat", "source.bin"], folder)
            subprocess.run(["sync"], check=True)
            start = time.perf_counter()
            shutil.copyfile(source, folder / "copy.bin")
            with open(folder / "copy.bin", "rb") as file:
                os.fsync(file.fileno())
            copy.append(time.perf_counter() - start)
            # The first run computes the source's digest; the second copies it, as cp does. Both end with a sync.
            (folder / "p.yaml").write_text(
                "pipeline: bench\nstages:\n  big:\n    run: cat ${inputs.source} > ${outputs.big}\n"
                "    inputs: { source: { file: source.bin } }\n    outputs: { big: big.bin }\n"
                "  size:\n    run: wc -c < ${inputs.source} > ${outputs.size}\n"
                "    inputs: { source: { file: source.bin } }\n    outputs: { size: size.txt }\n"
            )
            timed([arguments.sluice, "run", "p.yaml", "size"], folder)
            seconds, report = timed([arguments.sluice, "run", "p.yaml", "big", "--json"], folder)
            seconds += timed(["sync", *(str(path) for path in (folder / "artifacts").glob("store.sqlite*"))], folder)[0]
            publish.append(seconds)
            stages.append(next(s["seconds"] for s in json.loads(report)["stages"] if s["name"] == "big"))
        stored = store_size(folders[0])
        edit(folders[0] / "source.bin", 0.01)
        timed([arguments.sluice, "run", "p.yaml"], folders[0])
        added = store_size(folders[0]) - stored
        for folder in folders:
            shutil.rmtree(folder)
        a, b, c = statistics.median(copy), statistics.median(publish), statistics.median(stages)
        print(f"{kind:<9}{a:>9.2f}{b:>9.2f}{c:>8.2f}{(b - c) / a:>8.2f}{stored / size:>8.1%}{added / size:>14.2%}")


if __name__ == "__main__":
    main()
