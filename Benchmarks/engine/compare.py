"""Compares the engine with other engines on the same graph: N independent trivial shell stages.

Cold: nothing exists yet. No-op: everything is up to date. Each figure is the median of several whole-process runs,
in a fresh folder, with the engines taking turns. DVC takes most of a second per stage, so it gets fewer stages, and its
figure is scaled up.
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

PEERS = Path(__file__).resolve().parent.parent / ".peers" / "bin"


def sluice_files(folder, count, head=""):
    (folder / "p.yaml").write_text(
        f"pipeline: bench\n{head}stages:\n"
        + "".join(
            f"  s{i}:\n    run: echo {i} > ${{outputs.o}}\n    outputs: {{ o: o.txt }}\n" for i in range(count)
        )
    )


def plain_files(folder, count):
    sluice_files(folder, count, "shell: [sh]\n")


def make_files(folder, count):
    names = " ".join(f"out/{i}" for i in range(count))
    rules = "".join(f"out/{i}:\n\t@echo {i} > $@\n" for i in range(count))
    (folder / "out").mkdir()
    (folder / "Makefile").write_text(f"all: {names}\n{rules}")


def ninja_files(folder, count):
    (folder / "out").mkdir()
    (folder / "build.ninja").write_text(
        "rule echo\n  command = echo $n > $out\n" + "".join(f"build out/{i}: echo\n  n = {i}\n" for i in range(count))
    )


def doit_files(folder, count):
    (folder / "out").mkdir()
    (folder / "dodo.py").write_text(
        f"def task_echo():\n    for i in range({count}):\n"
        "        yield {'name': str(i), 'actions': [f'echo {i} > out/{i}'], 'targets': [f'out/{i}'],"
        " 'uptodate': [True]}\n"
    )


def luigi_files(folder, count):
    (folder / "out").mkdir()
    (folder / "tasks.py").write_text(
        "import luigi, subprocess\n"
        "class Echo(luigi.Task):\n    i = luigi.IntParameter()\n"
        "    def output(self): return luigi.LocalTarget(f'out/{self.i}')\n"
        "    def run(self): subprocess.run(['sh', '-c', f'echo {self.i} > out/{self.i}'], check=True)\n"
        f"class All(luigi.WrapperTask):\n    def requires(self): return [Echo(i=i) for i in range({count})]\n"
    )


def snakemake_files(folder, count):
    (folder / "Snakefile").write_text(
        f"rule all:\n    input: expand('out/{{i}}', i=range({count}))\n"
        "rule echo:\n    output: 'out/{i}'\n    shell: 'echo {wildcards.i} > {output}'\n"
    )


def redun_files(folder, count):
    (folder / "flow.py").write_text(
        "from redun import task, script, File\nredun_namespace = 'bench'\n"
        "@task()\ndef echo(i):\n    return script(f'echo {i} > out.{i}', outputs=File(f'out.{i}'))\n"
        f"@task()\ndef main():\n    return [echo(i) for i in range({count})]\n"
    )


def dvc_files(folder, count):
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run([PEERS / "dvc", "init", "-q"], cwd=folder, check=True)
    stages = "".join(f"  s{i}:\n    cmd: echo {i} > o{i}\n    outs: [o{i}]\n" for i in range(count))
    (folder / "dvc.yaml").write_text("stages:\n" + stages)


def engines(sluice, count):
    return {
        # Confined and observed, in bash; and as the others do it, in sh.
        "sluice": (sluice_files, [sluice, "run", "p.yaml", "-j2"], count),
        "sluice-unconfined": (plain_files, [sluice, "run", "p.yaml", "-j2", "--unconfined"], count),
        "make": (make_files, ["make", "-s", "-j2"], count),
        "ninja": (ninja_files, ["ninja", "--quiet", "-j2"], count),
        "doit": (doit_files, [PEERS / "doit", "-n2", "-v0"], count),
        "luigi": (
            luigi_files,
            [PEERS / "python", "-m", "luigi", "--module", "tasks", "All", "--local-scheduler", "--workers", "2",
             "--log-level", "ERROR"],
            count,
        ),
        "snakemake": (snakemake_files, [PEERS / "snakemake", "-j2", "--quiet", "all"], count),
        "redun": (redun_files, [PEERS / "redun", "run", "flow.py", "main"], count),
        "dvc": (dvc_files, [PEERS / "dvc", "repro", "-q"], max(10, count // 50)),
    }


def timed(command, folder):
    environment = dict(os.environ, PYTHONPATH=str(folder), CI="true", DVC_NO_ANALYTICS="1")
    start = time.perf_counter()
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
    seconds = time.perf_counter() - start
    if result.returncode:
        raise RuntimeError(f"{command[0]}: exit {result.returncode}: {result.stderr.decode()[-400:]}")
    return seconds


def compare(arguments):
    cold, idle = {}, {}
    for round_number in range(arguments.rounds):
        for name, (write, command, count) in engines(arguments.sluice, arguments.stages).items():
            if arguments.only and name not in arguments.only:
                continue
            slow = name in ("dvc", "redun", "snakemake", "luigi")
            if slow and round_number > 0:
                continue
            folder = Path(tempfile.mkdtemp(prefix="bench-"))
            try:
                write(folder, count)
                scale = arguments.stages / count
                cold.setdefault(name, []).append(timed(command, folder) * scale)
                for _ in range(1 if slow else 5):
                    idle.setdefault(name, []).append(timed(command, folder) * scale)
            except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
                print(f"  {name}: left out: {error}", file=sys.stderr)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{arguments.stages} trivial shell stages, two at a time (seconds, and ratio to sluice)")
    print(f"{'engine':<18}{'cold':>9}{'ratio':>8}{'no-op':>10}{'ratio':>8}")
    for name in idle:
        cold_median, idle_median = statistics.median(cold[name]), statistics.median(idle[name])
        base_cold, base_idle = statistics.median(cold["sluice"]), statistics.median(idle["sluice"])
        print(
            f"{name:<18}{cold_median:>9.3f}{cold_median / base_cold:>8.2f}"
            f"{idle_median:>10.4f}{idle_median / base_idle:>8.2f}"
        )


def plan(arguments):
    print("\nPlanning (sluice run --dry-run on an empty store)")
    for count in (1_000, 10_000, 100_000):
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        sluice_files(folder, count)
        seconds = statistics.median(timed([arguments.sluice, "run", "-n", "p.yaml"], folder) for _ in range(3))
        print(f"{count:>8} stages {seconds:>8.3f} s {seconds / count * 1e6:>8.2f} µs per stage")
        shutil.rmtree(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", required=True)
    parser.add_argument("--stages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="engines to time; sluice must be among them")
    parsed = parser.parse_args()
    compare(parsed)
    plan(parsed)
