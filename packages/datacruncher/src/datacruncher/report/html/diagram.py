"""The tables and their references as a picture: those that are referred to on the left, those that refer on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from datacruncher.report.html.markup import Markup, cut, el, join
from datacruncher.report.html.plots import svg
from datacruncher.report.model import ReferenceFacts, TableFacts

MOST_TABLES = 40
_MOST_ROWS = 7  # key columns shown of a table
_IN_A_COLUMN = 6
_BOX, _GAP, _ACROSS = 168.0, 16.0, 74.0
_HEAD, _ROW = 34.0, 16.0


@dataclass(slots=True)
class _Box:
    """A table's place."""

    table: TableFacts
    rows: list[tuple[str, str]]  # column and its mark
    x: float = 0.0
    y: float = 0.0

    @property
    def height(self) -> float:
        return _HEAD + _ROW * len(self.rows) + (4 if self.rows else 0)

    def at(self, column: str) -> float:
        """The height of a column's row, or of the head."""
        names = [name for name, _ in self.rows]
        return self.y + (_HEAD + _ROW * (names.index(column) + 0.5) if column in names else _HEAD / 2)


def diagram(tables: Sequence[TableFacts]) -> Markup:
    """The picture; of many tables those with the most references."""
    chosen = _chosen(tables)
    boxes = {table.name: _Box(table, _rows(table)) for table in chosen}
    columns = _columns(chosen)
    width, height = _place(columns, boxes)
    edges = [_edge(boxes[t.name], boxes[fk.references.table], fk) for t in chosen for fk in _inside(t, boxes)]
    names = ", ".join(table.name for table in chosen[:12])
    picture = svg(
        width,
        height,
        *edges,
        *(_drawn(box) for box in boxes.values()),
        says=f"{len(chosen)} tables and {len(edges)} references: {names}",
        class_="diagram",
        style=f"width:{width:.0f}px;max-width:none",
    )
    left_out = len(tables) - len(chosen)
    note = (
        el("p", f"{left_out} further tables with fewer references are not drawn.", class_="note") if left_out else None
    )
    return join([el("div", picture, class_="wide", tabindex="0"), note])


def _chosen(tables: Sequence[TableFacts]) -> list[TableFacts]:
    touched: dict[str, int] = {table.name: len(table.foreign_keys) for table in tables}
    for table in tables:
        for fk in table.foreign_keys:
            touched[fk.references.table] = touched.get(fk.references.table, 0) + 1
    busiest = sorted(tables, key=lambda table: (-touched[table.name], -table.rows))[:MOST_TABLES]
    kept = {table.name for table in busiest}
    return [table for table in tables if table.name in kept]


def _inside(table: TableFacts, names: Mapping[str, object]) -> list[ReferenceFacts]:
    return [fk for fk in table.foreign_keys if fk.references.table in names]


def _rows(table: TableFacts) -> list[tuple[str, str]]:
    key = table.primary_key.columns if table.primary_key else []
    found = dict.fromkeys(key, "PK")
    for fk in table.foreign_keys:
        for name in fk.columns:
            found[name] = "PK, FK" if name in key else "FK"
    return list(found.items())[:_MOST_ROWS]


def _columns(tables: Sequence[TableFacts]) -> list[list[TableFacts]]:
    """Tables by their depth (one more than the deepest that they refer to), each depth in columns of a few."""
    names = {table.name: table for table in tables}
    depth: dict[str, int] = {}

    def measure(name: str, above: tuple[str, ...]) -> int:
        if name not in depth:
            parents = {fk.references.table for fk in _inside(names[name], names)} - {name, *above}
            found = max((measure(parent, (*above, name)) + 1 for parent in parents), default=0)
            if not above or parents:
                depth[name] = found
            return found
        return depth[name]

    for table in tables:
        measure(table.name, ())
    referred = {
        fk.references.table for table in tables for fk in _inside(table, names) if fk.references.table != table.name
    }
    alone = [t for t in tables if not depth.get(t.name) and t.name not in referred]
    levels: dict[int, list[TableFacts]] = {}
    for table in tables:
        if table not in alone:
            levels.setdefault(depth.get(table.name, 0), []).append(table)
    ordered = _untangled([levels[level] for level in sorted(levels)])
    return [part for level in [*ordered, alone] for part in _parts(level)]


def _parts(level: Sequence[TableFacts]) -> list[list[TableFacts]]:
    return [list(level[i : i + _IN_A_COLUMN]) for i in range(0, len(level), _IN_A_COLUMN)]


def _untangled(levels: list[list[TableFacts]]) -> list[list[TableFacts]]:
    """Each level in the order of the middle of what its tables are tied to in the levels before, then after."""
    ties: dict[str, set[str]] = {}
    for table in (table for level in levels for table in level):
        for fk in table.foreign_keys:
            ties.setdefault(table.name, set()).add(fk.references.table)
            ties.setdefault(fk.references.table, set()).add(table.name)
    for _ in range(3):
        for order in (list(pairwise(range(len(levels)))), [(b, a) for a, b in pairwise(range(len(levels)))][::-1]):
            for fixed, moved in order:
                places = {table.name: i / max(1, len(levels[fixed])) for i, table in enumerate(levels[fixed])}
                levels[moved].sort(key=lambda table: _middle(table, ties, places))
    return levels


def _middle(table: TableFacts, ties: Mapping[str, set[str]], places: Mapping[str, float]) -> tuple[float, str]:
    near = [places[name] for name in ties.get(table.name, ()) if name in places]
    return (sum(near) / len(near) if near else 0.5), table.name


def _place(columns: Sequence[Sequence[TableFacts]], boxes: Mapping[str, _Box]) -> tuple[float, float]:
    heights = [sum(boxes[t.name].height + _GAP for t in column) - _GAP for column in columns]
    tallest = max(heights, default=0.0)
    for number, (column, height) in enumerate(zip(columns, heights, strict=True)):
        y = 4 + (tallest - height) / 2
        for table in column:
            box = boxes[table.name]
            box.x, box.y = 4 + number * (_BOX + _ACROSS), y
            y += box.height + _GAP
    return 8 + len(columns) * (_BOX + _ACROSS) - _ACROSS, 8 + tallest


def _drawn(box: _Box) -> Markup:
    x, y, table = box.x, box.y, box.table
    lines = []
    for i, (name, mark) in enumerate(box.rows):
        middle = y + _HEAD + _ROW * (i + 0.5) + 3.5
        lines.append(el("text", cut(name, 20), x=x + 10, y=middle, class_="column"))
        lines.append(
            el(
                "text",
                mark,
                x=x + _BOX - 10,
                y=middle,
                class_="mark",
                text_anchor="end",
            )
        )
    return el(
        "g",
        el("title", f"{table.name}: {table.kind}, {table.rows:,} rows, {len(table.columns)} columns"),
        el("rect", x=x, y=y, width=_BOX, height=box.height, rx=6, class_="box"),
        el("text", cut(table.name, 20), x=x + 10, y=y + 16, class_="table"),
        el("text", f"{table.kind} · {table.rows:,} rows", x=x + 10, y=y + 28, class_="about"),
        *lines,
    )


def _edge(child: _Box, parent: _Box, fk: ReferenceFacts) -> Markup:
    y1, y2 = child.at(fk.columns[0]), parent.at(fk.references.columns[0])
    if child is parent:
        x = child.x + _BOX
        path = f"M{x:.1f} {y1:.1f} C{x + 30:.1f} {y1:.1f} {x + 30:.1f} {y2:.1f} {x:.1f} {y2:.1f}"
    elif abs(child.x - parent.x) < 1:
        x = child.x
        path = f"M{x:.1f} {y1:.1f} C{x - 34:.1f} {y1:.1f} {x - 34:.1f} {y2:.1f} {x:.1f} {y2:.1f}"
    else:
        right = child.x > parent.x
        x1, x2 = (child.x, parent.x + _BOX) if right else (child.x + _BOX, parent.x)
        bend = max(30.0, abs(x1 - x2) / 2) * (1 if right else -1)
        path = f"M{x1:.1f} {y1:.1f} C{x1 - bend:.1f} {y1:.1f} {x2 + bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    orphans = f", {fk.orphans:,} lead nowhere" if fk.orphans else ""
    said = (
        f"{child.table.name}.{', '.join(fk.columns)} → {parent.table.name}.{', '.join(fk.references.columns)}{orphans}"
    )
    kind = (
        "edge torn"
        if fk.orphans
        else "edge"
        if fk.source == "declared" or (fk.confidence or 0) >= 0.8
        else "edge unsure"
    )
    return el("path", el("title", said), d=path, class_=kind)
