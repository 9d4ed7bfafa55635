"""Publishing: how long a 1 GB output takes through the store, against `cp` and `sync` of the same bytes, and what a
1 % edit of it adds to the store.

The stage copies a file whose digest the store knows already, as `cp` does; what is timed goes until the output is in the
store and the store on the disk. Two contents: text-like (compressible) and random (not).
"""

import argparse
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


def edit(path, share, seed):
    """Overwrites `share` of the file in one place and inserts a few bytes in another, so that all after it moves."""
    size = path.stat().st_size
    data = bytearray(path.read_bytes())
    generator = random.Random(seed)
    length = int(size * share)
    at = generator.randrange(size - length)
    data[at : at + length] = generator.randbytes(length)
    data[size // 7 : size // 7] = b"inserted"
    path.write_bytes(data)


def timed(command, folder, **options):
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, **options)
    return time.perf_counter() - start


def store_size(folder):
    return sum(file.stat().st_size for file in (folder / "artifacts").glob("store.sqlite*"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"\nPublishing {arguments.megabytes} MB (seconds)")
    print(f"{'content':<9}{'cp+sync':>9}{'sluice':>9}{'ratio':>8}{'stored':>9}{'1 % edit adds':>15}")
    for kind in ("text", "random"):
        copy, publish, stored, added = [], [], 0, 0
        for seed in range(arguments.rounds):
            folder = Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("TMPDIR")))
            source = folder / "source.bin"
            write_content(source, arguments.megabytes << 20, kind, seed)
            subprocess.run(["sync"], check=True)
            start = time.perf_counter()
            shutil.copyfile(source, folder / "copy.bin")
            with open(folder / "copy.bin", "rb") as file:
                os.fsync(file.fileno())
            copy.append(time.perf_counter() - start)
            os.remove(folder / "copy.bin")
            # The first run makes the source's digest known; the second copies it, as cp does. Sync at the end for both.
            (folder / "p.yaml").write_text(
                "pipeline: bench\nstages:\n  big:\n    run: cat ${inputs.source} > ${outputs.big}\n"
                "    inputs: { source: { file: source.bin } }\n    outputs: { big: big.bin }\n"
                "  size:\n    run: wc -c < ${inputs.source} > ${outputs.size}\n"
                "    inputs: { source: { file: source.bin } }\n    outputs: { size: size.txt }\n"
            )
            timed([arguments.sluice, "run", "p.yaml", "size"], folder)
            seconds = timed([arguments.sluice, "run", "p.yaml", "big"], folder)
            seconds += timed(["sync", *(str(path) for path in (folder / "artifacts").glob("store.sqlite*"))], folder)
            publish.append(seconds)
            stored = store_size(folder)
            if seed == 0:
                edit(source, 0.01, seed)
                timed([arguments.sluice, "run", "p.yaml"], folder)
                added = store_size(folder) - stored
            shutil.rmtree(folder)
        size = arguments.megabytes << 20
        a, b = statistics.median(copy), statistics.median(publish)
        print(f"{kind:<9}{a:>9.2f}{b:>9.2f}{b / a:>8.2f}{stored / size:>8.1%}{added / size:>14.2%}")


if __name__ == "__main__":
    main()
