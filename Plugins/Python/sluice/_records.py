"""Runs, stages, metrics and artifacts as Python values, and how notebooks show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from html import escape
from typing import Any, SupportsIndex, overload


def moment(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as a time in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)


def table_html(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table for a notebook."""
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell(value))}</td>" for value in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def cell(value: object) -> str:
    """A value as text of a table."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


@dataclass(frozen=True)
class RunStage:
    """The outcome of a stage in a run."""

    name: str
    kind: str
    disposition: str
    message: str | None
    reasons: list[dict[str, Any]]
    seconds: float | None
    outputs: dict[str, str]
    metrics: dict[str, float | None] = field(default_factory=dict)
    cpu_seconds: float | None = None
    peak_memory: int | None = None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> RunStage:
        return cls(
            document["name"], document["kind"], document["disposition"], document["message"], document["reasons"],
            document["seconds"], document["outputs"], document.get("metrics", {}), document.get("cpuSeconds"),
            document.get("peakMemory"))


@dataclass(frozen=True)
class Run:
    """A run. ``stages`` is empty in a list of runs; ``show`` has them."""

    number: int
    pipeline: str
    outcome: str
    file: str
    arguments: list[str]
    parameters: dict[str, Any]
    name: str | None
    note: str | None
    started: datetime | None
    finished: datetime | None
    counts: dict[str, int]
    stages: list[RunStage] = field(default_factory=list)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Run:
        return cls(
            document["run"], document["pipeline"], document["outcome"], document["file"], document["arguments"],
            document["parameters"], document["name"], document["note"], moment(document["started"]),
            moment(document["finished"]), document["counts"], [RunStage.read(stage) for stage in document.get("stages", [])])

    @property
    def seconds(self) -> float | None:
        """How long it took; None if it has not ended."""
        return None if self.started is None or self.finished is None else (self.finished - self.started).total_seconds()

    def __getitem__(self, stage: str) -> RunStage:
        """A stage by its name."""
        for found in self.stages:
            if found.name == stage:
                return found
        raise KeyError(stage)

    def _repr_html_(self) -> str:
        title = f"<p><b>{escape(self.pipeline)}</b>, run {self.number}: {escape(self.outcome)}</p>"
        rows = [[stage.name, stage.kind, stage.disposition, stage.seconds, stage.message] for stage in self.stages]
        return title + (table_html(["stage", "kind", "outcome", "seconds", "message"], rows) if rows else "")


class _Rows(Sequence["_Row"]):
    """Records in an order, shown as a table."""

    _records: list[Any]

    def _table(self) -> tuple[list[str], list[list[object]]]:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Any: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        return self._records[index]

    def to_pandas(self) -> Any:
        """A data frame of pandas."""
        import pandas

        titles, rows = self._table()
        return pandas.DataFrame(rows, columns=titles)

    def _repr_html_(self) -> str:
        return table_html(*self._table())

    def __repr__(self) -> str:
        titles, rows = self._table()
        cells = [titles] + [[cell(value) for value in row] for row in rows]
        widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
        return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in cells)


_Row = Any


class Runs(_Rows):
    """Runs, newest first."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._records = list(runs)

    def _table(self) -> tuple[list[str], list[list[object]]]:
        titles = ["run", "name", "pipeline", "started", "seconds", "outcome", "ran", "cached", "failed"]
        return titles, [
            [run.number, run.name, run.pipeline, run.started, run.seconds, run.outcome]
            + [run.counts.get(word, 0) for word in ("ran", "cached", "failed")]
            for run in self._records
        ]


class Metrics(_Rows):
    """Runs with their parameters and metrics; an element is the document of one run."""

    def __init__(self, runs: Iterable[dict[str, Any]]) -> None:
        self._records = list(runs)

    def _table(self) -> tuple[list[str], list[list[object]]]:
        def names(key: str) -> list[str]:
            return sorted({name for run in self._records for name in run[key]})

        def differs(name: str) -> bool:
            values = [run["parameters"].get(name) for run in self._records]
            return any(value != values[0] for value in values)

        parameters = [name for name in names("parameters") if differs(name)]
        metrics = names("metrics")
        rows: list[list[object]] = [
            [run["run"], run["name"], run["outcome"]]
            + [run["parameters"].get(name) for name in parameters]
            + [run["metrics"].get(name) for name in metrics]
            for run in self._records
        ]
        return ["run", "name", "outcome", *parameters, *metrics], rows


@dataclass(frozen=True)
class Stage:
    """What a run would do with a stage."""

    name: str
    kind: str
    state: str
    reasons: list[dict[str, Any]]
    message: str | None


class Status(_Rows):
    """The stages of a pipeline: ``upToDate``, ``willRun``, ``mayRun`` or ``blocked``."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.pipeline: str = document["pipeline"]
        self.forecast: dict[str, Any] | None = document["forecast"]
        self._records = [
            Stage(stage["name"], stage["kind"], stage["state"], stage["reasons"], stage["message"]) for stage in document["stages"]
        ]

    @property
    def is_up_to_date(self) -> bool:
        """True if nothing would run."""
        return all(stage.state == "upToDate" for stage in self._records)

    def _table(self) -> tuple[list[str], list[list[object]]]:
        return ["stage", "kind", "state", "reasons"], [
            [stage.name, stage.kind, stage.state, ", ".join(_words(reason) for reason in stage.reasons)]
            for stage in self._records
        ]


def _words(reason: Mapping[str, Any]) -> str:
    return str(reason["reason"]) + (f" {reason['name']}" if "name" in reason else "")


@dataclass(frozen=True)
class Use:
    """A result that has an artifact as an output."""

    kind: str
    output: str
    stages: list[str]
    key: str
    seconds: float


@dataclass(frozen=True)
class Artifact:
    """A file or a folder (``shape``: ``file`` or ``tree``) in the store."""

    digest: str
    shape: str
    size: int
    stored: int
    created: datetime | None
    pins: list[str]
    producers: list[Use]
    format: str | None = None
    files: list[str] | None = None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Artifact:
        entries = document.get("entries")
        return cls(
            document["digest"], document["shape"], document["size"], document["stored"], moment(document["created"]),
            document["pins"],
            [Use(p["kind"], p["output"], p["stages"], p["key"], p["seconds"]) for p in document["producers"]],
            document.get("format"),
            None if entries is None else [entry["path"] for entry in entries if entry["kind"] != "directory"])
