"""Sluice in Python: tables, runs, metrics, lineage and graphs of a store, for notebooks and scripts.

Everything here asks the program ``sluice`` with ``--json``; nothing reads the store by itself. The functions of this module work in
the current directory, as the program does; ``Project(directory)`` has the same ones for another.

>>> import sluice
>>> sluice.run("Pipelines/preference.yaml", set={"folds": 3})
>>> sluice.load("preference:blend.predictions")
>>> sluice.metrics(sort="logLoss")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, overload

from ._graphs import Graph, Lineage
from ._program import Mistake, SluiceError, program
from ._project import Project
from ._records import Artifact, Metrics, Run, Runs, RunStage, Stage, Status, Use

__all__ = [
    "Artifact", "Graph", "Lineage", "Metrics", "Mistake", "Project", "Run", "RunStage", "Runs", "SluiceError", "Stage", "Status",
    "Use", "artifact", "artifacts", "call", "graph", "lineage", "load", "log", "metrics", "program", "run", "runs", "show", "status",
    "version",
]


def load(artifact: str, file: str | None = None, *, to: Literal["pandas", "polars", "arrow"] = "pandas") -> Any:
    """The content of an artifact, such as ``stage.output``, ``pipeline:stage.output`` or the first digits of a digest.

    A table (Parquet, Arrow, CSV) becomes a pandas or polars data frame or an Arrow table, JSON what it stands for, a safetensors
    file a dictionary of NumPy arrays, text a string, and anything else bytes. Of a folder, name the ``file``.
    """
    return Project().load(artifact, file, to=to)


def runs(pipeline: str | None = None, *, limit: int = 20) -> Runs:
    """The latest runs, newest first."""
    return Project().runs(pipeline, limit=limit)


def show(run: int | str | None = None) -> Run:
    """One run with its stages: by its number, its name, or the latest."""
    return Project().show(run)


def metrics(
    pipeline: str | None = None, *, runs: int = 20, where: str | Iterable[str] = (), sort: str | None = None
) -> Metrics:
    """The latest runs of a pipeline with parameters and metrics, as ``sluice metrics`` shows them.

    ``where`` is a condition such as ``"logLoss < 0.8"``, or several; ``sort`` a metric or parameter, ``-name`` for the highest
    first.
    """
    return Project().metrics(pipeline, runs=runs, where=where, sort=sort)


def lineage(artifact: str, *, run: int | str | None = None, down: bool = False) -> Lineage:
    """Where a file or an artifact came from, or with ``down`` what was made from it."""
    return Project().lineage(artifact, run=run, down=down)


def graph(pipeline: str | None = None, *, set: Mapping[str, Any] = {}) -> Graph:
    """The graph of a pipeline file, by default that of the latest run."""
    return Project().graph(pipeline, set=set)


def status(pipeline: str | None = None, *, set: Mapping[str, Any] = {}) -> Status:
    """What is up to date, what would run, and why."""
    return Project().status(pipeline, set=set)


def run(
    pipeline: str, *stages: str, set: Mapping[str, Any] = {}, name: str | None = None, note: str | None = None,
    jobs: int | None = None,
) -> Run:
    """Runs a pipeline, or some of its stages and what they need.

    Raises ``SluiceError`` if a stage fails; what the stages wrote is in its message and in ``log``.
    """
    return Project().run(pipeline, *stages, set=set, name=name, note=note, jobs=jobs)


def artifacts(stage: str | None = None, *, pipeline: str | None = None, limit: int = 100) -> list[Artifact]:
    """The artifacts in the store, most recently used first."""
    return Project().artifacts(stage, pipeline=pipeline, limit=limit)


def artifact(reference: str) -> Artifact:
    """An artifact's digest and size, and what made it."""
    return Project().artifact(reference)


def log(stage: str, *, run: int | None = None) -> str:
    """What a stage printed when it last ran or failed, or in a run."""
    return Project().log(stage, run=run)


def version() -> str:
    """The version of the program."""
    answer = Project().call("version")
    return str(answer["version"])


@overload
def call(command: Literal["runs", "kinds", "cache ls"], *arguments: str) -> list[Any]: ...
@overload
def call(command: str, *arguments: str) -> Any: ...
def call(command: str, *arguments: str) -> Any:
    """The document that any command prints with ``--json``; ``Docs/schemas`` of the project describes all of them."""
    return Project().call(command, *arguments)
