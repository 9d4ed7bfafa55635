"""A folder with a store, and queries about it."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from . import _program
from ._graphs import Graph, Lineage
from ._records import Artifact, Metrics, Run, Runs, Status

Target = Literal["pandas", "polars", "arrow"]


class Project:
    """The store of a directory, or of the nearest one above that has one."""

    def __init__(self, directory: str | os.PathLike[str] = ".") -> None:
        self.directory = Path(directory)

    def __repr__(self) -> str:
        return f"Project({str(self.directory)!r})"

    def call(self, command: str, *arguments: str) -> Any:
        """The document that a command prints with ``--json``."""
        return _program.call(self.directory, command.split(), arguments)

    def runs(self, pipeline: str | None = None, *, limit: int = 20) -> Runs:
        """The latest runs, newest first."""
        words = ["--limit", str(limit)] + ([] if pipeline is None else ["--pipeline", pipeline])
        return Runs(Run.read(document) for document in self.call("runs", *words))

    def show(self, run: int | str | None = None) -> Run:
        """One run with its stages: by its number, its name, or the latest."""
        return Run.read(self.call("runs show", *([] if run is None else ["--", str(run)])))

    def metrics(
        self, pipeline: str | None = None, *, runs: int = 20, where: str | Iterable[str] = (), sort: str | None = None
    ) -> Metrics:
        """The latest runs of a pipeline with parameters and metrics."""
        words = ["--runs", str(runs)]
        if pipeline is not None:
            words += ["--pipeline", pipeline]
        for condition in [where] if isinstance(where, str) else where:
            words += ["--where", condition]
        if sort is not None:
            words.append(f"--sort={sort}")
        return Metrics(self.call("metrics", *words)["runs"])

    def lineage(self, artifact: str, *, run: int | str | None = None, down: bool = False) -> Lineage:
        """Where a file or an artifact came from, or with ``down`` what was made from it."""
        words = ([] if run is None else ["--run", str(run)]) + (["--down"] if down else [])
        return Lineage(self.call("lineage", *words, artifact))

    def graph(self, pipeline: str | None = None, *, set: Mapping[str, Any] = {}) -> Graph:
        """The graph of a pipeline file, by default that of the latest run."""
        return Graph(self.call("graph", *_settings(set), *([] if pipeline is None else [pipeline])))

    def status(self, pipeline: str | None = None, *, set: Mapping[str, Any] = {}) -> Status:
        """What is up to date, what would run, and why."""
        return Status(self.call("status", *_settings(set), *([] if pipeline is None else [pipeline])))

    def run(
        self, pipeline: str, *stages: str, set: Mapping[str, Any] = {}, name: str | None = None, note: str | None = None,
        jobs: int | None = None,
    ) -> Run:
        """Runs a pipeline, or some of its stages and what they need."""
        words = _settings(set)
        for option, value in (("--name", name), ("--note", note), ("--jobs", jobs)):
            if value is not None:
                words.append(f"{option}={value}")
        return self.show(self.call("run", *words, "--", pipeline, *stages)["run"])

    def artifacts(self, stage: str | None = None, *, pipeline: str | None = None, limit: int = 100) -> list[Artifact]:
        """The artifacts in the store, most recently used first."""
        words = ["--limit", str(limit)] + ([] if pipeline is None else ["--pipeline", pipeline])
        return [Artifact.read(document) for document in self.call("cache ls", *words, *([] if stage is None else [stage]))]

    def artifact(self, reference: str) -> Artifact:
        """An artifact's digest and size, and what made it."""
        return Artifact.read(self.call("cache show", reference))

    def log(self, stage: str, *, run: int | None = None) -> str:
        """What a stage printed when it last ran or failed, or in a run."""
        words = [] if run is None else ["--run", str(run)]
        return "".join(document["log"] or "" for document in self.call("logs", *words, stage))

    def load(self, artifact: str, file: str | None = None, *, to: Target = "pandas") -> Any:
        """The content of an artifact: see ``sluice.load``."""
        words = [artifact] if file is None else [artifact, file]
        document = self.call("cache show", *words)
        if document["shape"] == "tree" and file is None:
            raise IsADirectoryError(
                f"{artifact} is a folder; load one of its files: "
                + ", ".join(entry["path"] for entry in document["entries"][:10] if entry["kind"] != "directory"))
        content = _program.run(self.directory, ["cache", "cat", document["digest"], *words[1:]])
        return decode(content, document["format"], to)


def _settings(values: Mapping[str, Any]) -> list[str]:
    return [f"--set={name}={json.dumps(value)}" for name, value in values.items()]


def decode(content: bytes, format: str, to: Target) -> Any:
    """The content of a file in a format that ``cache show`` names."""
    if format in ("parquet", "arrow", "csv"):
        return _table(content, format, to)
    if format == "json":
        try:
            return json.loads(content)
        except ValueError:  # JSON lines, or a text that begins like JSON
            return content.decode(errors="replace")
    if format == "safetensors":
        return _tensors(content)
    if format in ("text", "empty"):
        return content.decode(errors="replace")
    return content


def _table(content: bytes, format: str, to: Target) -> Any:
    import pyarrow
    import pyarrow.csv
    import pyarrow.ipc
    import pyarrow.parquet

    source = pyarrow.BufferReader(content)
    if format == "parquet":
        table = pyarrow.parquet.read_table(source)
    elif format == "csv":
        table = pyarrow.csv.read_csv(source)
    else:
        opening = pyarrow.ipc.open_file if content.startswith(b"ARROW1") else pyarrow.ipc.open_stream
        table = opening(source).read_all()
    if to == "arrow":
        return table
    if to == "polars":
        import polars

        return polars.from_arrow(table)
    if to == "pandas":
        return table.to_pandas()
    raise ValueError(f"to is pandas, polars or arrow, not {to!r}")


# NumPy has no BF16: a BF16 number is the upper half of an F32 number.
_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4",
    "U16": "<u2", "U8": "u1", "BOOL": "?", "BF16": "<u2",
}


def _tensors(content: bytes) -> dict[str, Any]:
    import numpy

    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    tensors: dict[str, Any] = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        if entry["dtype"] not in _TYPES:
            raise ValueError(f"the tensor {name} has a type that NumPy does not support, {entry['dtype']}")
        array = numpy.frombuffer(content[8 + length + start : 8 + length + end], dtype=_TYPES[entry["dtype"]])
        if entry["dtype"] == "BF16":
            array = (array.astype("<u4") << 16).view("<f4")
        tensors[name] = array.reshape(entry["shape"])
    return tensors
