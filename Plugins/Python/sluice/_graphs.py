"""Graphs of pipelines and of lineage, drawn without a browser's help: plain SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any


def layers(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The nodes by the length of the longest way to them, each layer in an order with few crossings."""
    sources: dict[str, list[str]] = {node: [] for node in nodes}
    for start, end in edges:
        sources[end].append(start)
    depth: dict[str, int] = {}
    # Nodes come in any order; a pass without a change ends it, and a graph without cycles needs at most one per node.
    for _ in nodes:
        changed = False
        for node in nodes:
            wanted = 1 + max((depth.get(source, 0) for source in sources[node]), default=-1)
            if depth.get(node) != wanted:
                depth[node] = wanted
                changed = True
        if not changed:
            break
    result: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        result[depth[node]].append(node)
    place: dict[str, float] = {}
    for layer in result:
        def middle(node: str) -> float:
            known = [place[source] for source in sources[node] if source in place]
            return sum(known) / len(known) if known else 0

        layer.sort(key=middle)
        for index, node in enumerate(layer):
            place[node] = index
    return result


def drawing(nodes: Mapping[str, str], edges: Sequence[tuple[str, str]]) -> str:
    """An SVG: nodes with a second line each, from left to right."""
    columns = layers(list(nodes), edges)
    widths = [max(len(node) for node in column) * 7.5 + 24 for column in columns]
    place: dict[str, tuple[float, float, float]] = {}
    x = 8.0
    for column, width in zip(columns, widths):
        for row, node in enumerate(column):
            place[node] = (x, 8.0 + row * 52, width)
        x += width + 48
    height = 8 + 52 * max((len(column) for column in columns), default=0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x:.0f} {height}" width="{x:.0f}" height="{height}" '
        'style="max-width:100%;height:auto" font-family="sans-serif" font-size="13" fill="none" stroke="currentColor">'
    ]
    for start, end in edges:
        left, top, width = place[start]
        right, bottom, _ = place[end]
        a, b = left + width, top + 20
        c, d = right, bottom + 20
        parts.append(f'<path d="M{a:.0f} {b:.0f}C{a + 24:.0f} {b:.0f} {c - 24:.0f} {d:.0f} {c:.0f} {d:.0f}" opacity="0.5"/>')
    for node, detail in nodes.items():
        left, top, width = place[node]
        parts.append(
            f'<g><title>{escape(node)}: {escape(detail)}</title>'
            f'<rect x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="40" rx="6"/>'
            f'<g fill="currentColor" stroke="none" text-anchor="middle"><text x="{left + width / 2:.0f}" y="{top + 17:.0f}">'
            f'{escape(node)}</text><text x="{left + width / 2:.0f}" y="{top + 32:.0f}" font-size="10" opacity="0.7">'
            f'{escape(detail)}</text></g></g>')
    return "".join(parts) + "</svg>"


class Graph:
    """A pipeline's graph; ``document`` is what ``sluice graph --json`` prints."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.pipeline: str = document["pipeline"]
        self.stages: list[str] = [stage["name"] for stage in document["stages"]]

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Pairs of a stage and one that reads from it."""
        return [(source, stage["name"]) for stage in self.document["stages"] for source in stage["reads"]]

    def svg(self) -> str:
        """The graph as a drawing."""
        def detail(stage: Mapping[str, Any]) -> str:
            count = stage["instances"]
            return str(stage["kind"]) + ("" if count == 1 else f" × {'?' if count is None else count}")

        return drawing({stage["name"]: detail(stage) for stage in self.document["stages"]}, self.edges)

    def _repr_html_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"Graph({self.pipeline}: {len(self.stages)} stages)"


class Lineage:
    """The stages that an artifact came from, or that were made of it; ``document`` is what ``sluice lineage --json`` prints."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.digest: str = document["digest"]
        self.run: int = document["run"]
        self.stages: list[str] = [stage["name"] for stage in document["stages"]]

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Pairs of a stage, or something from outside, and a stage that reads from it."""
        edges: list[tuple[str, str]] = []
        for stage in self.document["stages"]:
            for reading in stage["inputs"]:
                edge = (self._start(reading), stage["name"])
                if edge not in edges:
                    edges.append(edge)
        return edges

    @property
    def files(self) -> dict[str, str]:
        """The digests of what comes from outside, files and other pipelines' outputs, by a name for each."""
        return {
            self._start(reading): reading["digest"]
            for stage in self.document["stages"] for reading in stage["inputs"] if self._start(reading) not in self.stages
        }

    def _start(self, reading: Mapping[str, Any]) -> str:
        """The stage that made what a stage reads, or a name for what no stage made."""
        source = reading["from"]
        if source is None:
            return f"{reading['input']} {reading['digest'][:8]}"
        for stage in self.document["stages"]:
            # A file in a folder that a stage made has its path behind the output's name.
            if any(source == f"{stage['name']}.{output}" or source.startswith(f"{stage['name']}.{output}/") for output in stage["outputs"]):
                return str(stage["name"])
        return str(source)

    def svg(self) -> str:
        """The lineage as a drawing."""
        nodes = {name: "from outside" for name in self.files}
        nodes.update({stage["name"]: stage["kind"] for stage in self.document["stages"]})
        return drawing(nodes, self.edges)

    def _repr_html_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"Lineage({self.digest[:12]}, run {self.run}: {', '.join(self.stages)})"

