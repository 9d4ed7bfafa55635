"""Finds and calls the program, and interprets its failures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Mistake:
    """A mistake in a pipeline file, with its position if it has one."""

    message: str
    file: str | None
    line: int | None
    column: int | None


class SluiceError(Exception):
    """A command failed. ``exit_status``: 1 a stage failed, 2 usage or invalid pipeline, 3 trouble with the store, 130 interrupted."""

    def __init__(self, message: str, exit_status: int, mistakes: Sequence[Mistake] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.exit_status = exit_status
        self.mistakes = tuple(mistakes)


def program() -> Path:
    """The program: the one that came with this package, or else the one on the PATH."""
    own = Path(__file__).parent / "program" / "sluice"
    if own.exists():
        return own
    found = shutil.which("sluice")
    if found is None:
        raise SluiceError("the program 'sluice' is not on the PATH; `make install` puts it there", 2)
    return Path(found)


def check_arrow() -> None:
    """Apache Arrow is taken from pyarrow, which the program expects next to this package."""
    own = Path(__file__).parent
    if (own / "program" / "sluice").exists() and not (own.parent / "pyarrow").is_dir():
        raise SluiceError(
            f"pyarrow is not next to this package, in {own.parent}; `python -m pip install --ignore-installed "
            "'pyarrow>=26.0.1,<26.1'` puts it there", 2)


def main() -> None:
    """The command ``sluice``: becomes the program."""
    try:
        check_arrow()
        path = program()
    except SluiceError as error:
        sys.stderr.write(f"sluice: {error}\n")
        raise SystemExit(error.exit_status) from None
    os.execv(path, ["sluice", *sys.argv[1:]])


def call(directory: Path, command: Sequence[str], arguments: Sequence[str]) -> Any:
    """What a command prints with ``--json``."""
    return json.loads(run(directory, [*command, "--json", *arguments]))


def run(directory: Path, words: Sequence[str]) -> bytes:
    """What a command writes to standard output."""
    check_arrow()
    done = subprocess.run([program(), *words], cwd=directory, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode == 0:
        return done.stdout
    message = done.stderr.decode(errors="replace").strip()
    mistakes: list[Mistake] = []
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = None
    if isinstance(document, dict) and "error" in document:
        error = document["error"]
        message = error["message"]
        mistakes = [Mistake(m["message"], m["file"], m["line"], m["column"]) for m in error["mistakes"]]
    raise SluiceError(message or f"sluice ended with {done.returncode}", done.returncode, mistakes)
