"""Compares uploads to and downloads from a shared folder with DVC's: 1 GB in one file, 10,000 files of 10 kB, and a 1 % edit of
each. Random content, which nothing compresses.

Not timed is how content comes into the store of either: a stage that makes it, and `dvc add`. Timed are `sluice push` and `dvc push`
on one machine, and on another `sluice pull` followed by `sluice cache get`, which puts the files into the working folder as
`dvc pull` does. "Machines" are folders on one disk. Besides times, the bytes that each adds to the shared folder are printed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MAKE = '''"""Writes the content of a case: COUNT files of SIZE bytes each, and with VERSION 2 a 1 % edit of it."""
import os, random, sys
target, count, size, version = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
edited = random.Random(99)
if count > 1:
    os.makedirs(target)
chosen = set(edited.sample(range(count), max(1, count // 100))) if count > 1 and version == 2 else set()
for index in range(count):
    generator = random.Random(index + (1_000_000 if index in chosen else 0))
    path = f"{target}/{index:05}.bin" if count > 1 else target
    at = size // 3 if count == 1 and version == 2 else None
    with open(path, "wb") as file:
        written = 0
        while written < size:
            block = generator.randbytes(min(1 << 20, size - written))
            file.write(block)
            written += len(block)
        if at is not None:
            file.seek(at)
            file.write(edited.randbytes(size // 100))
'''


def pipeline(remote):
    return f"""
pipeline: bench
caches: [{{ url: "file://{remote}", push: true }}]
parameters: {{ version: 1, count: 1, size: 1 }}
stages:
  one:
    run: python3 make.py ${{outputs.o}} 1 ${{size}} ${{version}}
    outputs: {{ o: one.bin }}
  many:
    run: python3 make.py ${{outputs.o}} ${{count}} 10000 ${{version}}
    outputs: {{ o: many/ }}
"""


def timed(command, folder):
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed in {folder}:\n{done.stdout}{done.stderr}")
    return seconds


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class Sluice:
    name = "sluice"

    def __init__(self, program, folder, sizes):
        self.program, self.remote, self.machines = program, folder / "cache", [folder / "a", folder / "b"]
        self.settings = ["--set", f"size={sizes['one']}", "--set", f"count={sizes['many']}"]
        for machine in self.machines:
            machine.mkdir(parents=True)
            (machine / "p.yaml").write_text(pipeline(self.remote))
            (machine / "make.py").write_text(MAKE)

    def make(self, case, version):
        settings = [*self.settings, "--set", f"version={version}"]
        timed([self.program, "run", "p.yaml", case, "--offline", *settings], self.machines[0])

    def push(self, case, version):
        return timed([self.program, "push", case], self.machines[0])

    def pull(self, case, version):
        machine = self.machines[1]
        seconds = timed(
            [self.program, "pull", "p.yaml", case, *self.settings, "--set", f"version={version}"], machine)
        return seconds + timed([self.program, "cache", "get", "--update", f"bench:{case}", f"{case}.out"], machine)

    def result(self, case):
        return self.machines[1] / f"{case}.out"


class DVC:
    name = "dvc"

    def __init__(self, program, folder, sizes):
        self.program, self.remote, self.machines = program, folder / "cache", [folder / "a", folder / "b"]
        self.sizes = sizes
        self.remote.mkdir(parents=True)
        for machine in self.machines:
            machine.mkdir()
            (machine / "make.py").write_text(MAKE)
            timed([program, "init", "--no-scm", "--quiet"], machine)
            timed([program, "config", "core.analytics", "false"], machine)
            timed([program, "remote", "add", "--default", "shared", self.remote], machine)

    def make(self, case, version):
        machine = self.machines[0]
        path = machine / f"{case}.out"
        remove(path)
        count, size = (1, self.sizes["one"]) if case == "one" else (self.sizes["many"], 10_000)
        timed([sys.executable, "make.py", path, count, size, version], machine)
        timed([self.program, "add", "--quiet", path.name], machine)

    def push(self, case, version):
        return timed([self.program, "push", "--quiet", f"{case}.out.dvc"], self.machines[0])

    def pull(self, case, version):
        shutil.copy(self.machines[0] / f"{case}.out.dvc", self.machines[1])
        return timed([self.program, "pull", "--quiet", "--force", f"{case}.out.dvc"], self.machines[1])

    def result(self, case):
        return self.machines[1] / f"{case}.out"


def same(first, second):
    return subprocess.run(["diff", "-rq", first, second], capture_output=True).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--dvc", default=str(Path(sys.executable).parent / "dvc"))
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    sizes = {"one": arguments.megabytes * 1_000_000, "many": arguments.files}
    rows = {}
    folders = []
    for _ in range(arguments.rounds):
        folder = Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("TMPDIR")))
        folders.append(folder)
        tools = [
            Sluice(Path(arguments.sluice).resolve(), folder / "sluice", sizes), DVC(arguments.dvc, folder / "dvc", sizes)]
        for case in ("one", "many"):
            for version in (1, 2):
                for tool in tools:
                    tool.make(case, version)
                    subprocess.run(["sync"], check=True)
                    before = size_of(tool.remote)
                    push = tool.push(case, version)
                    added = size_of(tool.remote) - before
                    pull = tool.pull(case, version)
                    rows.setdefault((case, version), {}).setdefault(tool.name, []).append((push, pull, added))
                if not same(tools[0].result(case), tools[1].result(case)):
                    sys.exit(f"{case}, version {version}: the tools have made different files")
    # Only now: where much has just been removed, ext4 makes files several times more slowly.
    for folder in folders:
        shutil.rmtree(folder)
    print(f"\nShared folder (seconds; medians of {arguments.rounds}), DVC's time over Sluice's, and MB added to the folder")
    print(f"{'':<34}{'push':>7}{'DVC':>8}{'ratio':>7}{'pull':>8}{'DVC':>8}{'ratio':>7}{'MB':>9}{'DVC':>9}")
    titles = {"one": f"{arguments.megabytes} MB in one file", "many": f"{arguments.files} files of 10 kB"}
    for (case, version), found in rows.items():
        median = {name: [statistics.median(column) for column in zip(*values)] for name, values in found.items()}
        (push, pull, added), (dvc_push, dvc_pull, dvc_added) = median["sluice"], median["dvc"]
        title = titles[case] if version == 1 else "  a 1 % edit of it"
        print(
            f"{title:<34}{push:>7.2f}{dvc_push:>8.2f}{dvc_push / push:>7.1f}{pull:>8.2f}{dvc_pull:>8.2f}"
            f"{dvc_pull / pull:>7.1f}{added / 1e6:>9.1f}{dvc_added / 1e6:>9.1f}")


if __name__ == "__main__":
    main()
