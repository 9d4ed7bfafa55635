"""Graphs of pipelines and of lineage, drawn as plain SVG, without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any


def depths(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The length of the longest path to each node."""
    readers: dict[str, list[str]] = {node: [] for node in nodes}
    missing = {node: 0 for node in nodes}
    for start, end in edges:
        readers[start].append(end)
        missing[end] += 1
    depth = {node: 0 for node in nodes}
    ready = [node for node in nodes if missing[node] == 0]
    while ready:
        node = ready.pop()
        for reader in readers[node]:
            depth[reader] = max(depth[reader], depth[node] + 1)
            missing[reader] -= 1
            if missing[reader] == 0:
                ready.append(reader)
    return depth


class Layout:
    """Nodes in columns, and links from column to column: an edge over several columns runs in lanes of its source between nodes."""

    def __init__(self, nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> None:
        depth = depths(nodes, edges)
        # A lane is identified by its source and column, a node by its name.
        self.columns: list[list[tuple[str, int]]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
        for node in nodes:
            self.columns[depth[node]].append((node, -1))
        self.links: dict[tuple[tuple[str, int], tuple[str, int]], None] = {}
        lanes: set[tuple[str, int]] = set()
        for start, end in edges:
            place = (start, -1)
            for column in range(depth[start] + 1, depth[end]):
                lane = (start, column)
                if lane not in lanes:
                    lanes.add(lane)
                    self.columns[column].append(lane)
                self.links[place, lane] = None
                place = lane
            self.links[place, (end, -1)] = None
        self._sort()

    def _sort(self) -> None:
        """Puts connected nodes at the same height, which leaves few crossings."""
        before: dict[tuple[str, int], list[tuple[str, int]]] = {}
        after: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for start, end in self.links:
            before.setdefault(end, []).append(start)
            after.setdefault(start, []).append(end)
        place = {item: float(index) for column in self.columns for index, item in enumerate(column)}
        for sweep in range(6):
            neighbors = before if sweep % 2 == 0 else after
            for column in self.columns if sweep % 2 == 0 else reversed(self.columns):
                def middle(item: tuple[str, int]) -> float:
                    found = [place[other] for other in neighbors.get(item, [])]
                    return sum(found) / len(found) if found else place[item]

                column.sort(key=middle)
                for index, item in enumerate(column):
                    place[item] = index - len(column) / 2


def drawing(nodes: Mapping[str, str], edges: Sequence[tuple[str, str]]) -> str:
    """An SVG: nodes with a second line each, from left to right."""
    layout = Layout(list(nodes), edges)
    heights = [sum(52 if column < 0 else 14 for _, column in items) for items in layout.columns]
    total = max(heights, default=0) + 16
    place: dict[tuple[str, int], tuple[float, float, float]] = {}
    x = 8.0
    for items, height in zip(layout.columns, heights):
        width = max((max(len(node) * 7.5, len(nodes[node]) * 6) + 20 for node, column in items if column < 0), default=0)
        y = (total - height) / 2
        for item in items:
            size = 52 if item[1] < 0 else 14
            place[item] = (x, y + size / 2, width)
            y += size
        x += width + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x:.0f} {total:.0f}" width="{x:.0f}" height="{total:.0f}" '
        'style="max-width:100%;height:auto" font-family="sans-serif" font-size="13" fill="none" stroke="currentColor">'
    ]
    for start, end in layout.links:
        left, b, width = place[start]
        c, d, through = place[end]
        a = left + width
        across = f"H{c + through:.0f}" if end[1] >= 0 else ""
        parts.append(f'<path d="M{a:.0f} {b:.0f}C{a + 22:.0f} {b:.0f} {c - 22:.0f} {d:.0f} {c:.0f} {d:.0f}{across}" opacity="0.4"/>')
    for node, detail in nodes.items():
        left, y, width = place[node, -1]
        middle = left + width / 2
        parts.append(
            f'<g><title>{escape(node)}: {escape(detail)}</title>'
            f'<rect x="{left:.0f}" y="{y - 20:.0f}" width="{width:.0f}" height="40" rx="6"/>'
            f'<g fill="currentColor" stroke="none" text-anchor="middle"><text x="{middle:.0f}" y="{y - 3:.0f}">{escape(node)}</text>'
            f'<text x="{middle:.0f}" y="{y + 12:.0f}" font-size="10" opacity="0.7">{escape(detail)}</text></g></g>')
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
    """The stages that an artifact came from, or that were made from it; ``document`` is what ``sluice lineage --json`` prints."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.digest: str = document["digest"]
        self.run: int = document["run"]
        self.stages: list[str] = [stage["name"] for stage in document["stages"]]

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Pairs of a stage, or an external source, and a stage that reads from it."""
        edges: list[tuple[str, str]] = []
        for stage in self.document["stages"]:
            for reading in stage["inputs"]:
                edge = (self._start(reading), stage["name"])
                if edge not in edges:
                    edges.append(edge)
        return edges

    @property
    def files(self) -> dict[str, str]:
        """The digests of external sources, files and other pipelines' outputs, by name."""
        return {
            self._start(reading): reading["digest"]
            for stage in self.document["stages"] for reading in stage["inputs"] if self._start(reading) not in self.stages
        }

    def _start(self, reading: Mapping[str, Any]) -> str:
        """The stage that made what a stage reads, or the name of an external source."""
        source = reading["from"]
        if source is None:
            return f"{reading['input']} {reading['digest'][:8]}"
        for stage in self.document["stages"]:
            # A file in a folder that a stage made has its path after the output's name.
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

