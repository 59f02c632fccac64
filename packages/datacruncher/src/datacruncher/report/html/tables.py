"""What the data is: the diagram, where it is empty, and its tables with their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from datacruncher.report.html.budget import Budget
from datacruncher.report.html.diagram import diagram
from datacruncher.report.html.markup import Markup, cut, el
from datacruncher.report.html.numbers import compact, percent
from datacruncher.report.html.plots import WIDTH, svg
from datacruncher.report.model import ColumnFacts, Report, TableFacts

_MOST_STRIPS = 16  # tables of the null map
_IN_A_ROW = 40  # columns of it side by side
_MOST_FIELDS = 1_200  # fields of it that are not full
_WIDEST = 400  # columns of a table that it shows
_EMPTIEST = 8
_FEW = 20  # tables that are listed without being asked
_SHORT = 60


def data(report: Report, budget: Budget) -> Markup:
    """The whole section."""
    tables = report.tables
    wide = sum(len(table.columns) for table in tables)
    about = f"{len(tables):,} tables, {sum(table.rows for table in tables):,} rows, {wide:,} columns."
    drawn = el("figure", el("figcaption", "Tables and references"), diagram(tables), _legend(), class_="card")
    parts = [el("h2", "The data"), el("p", about, class_="lead"), drawn]
    parts.append(el("div", _null_map(tables), _emptiest(tables), class_="pair"))
    listed = el("div", *_listed(tables, budget), class_="tables")
    many = el("details", el("summary", f"All {len(tables):,} tables with their columns"), listed, class_="more")
    parts.append(many if len(tables) > _FEW else listed)
    return el("section", *parts, id="data")


def _legend() -> Markup:
    return el(
        "p", "PK key · FK reference · dashed: inferred, not certain · red: some rows refer to nothing", class_="note"
    )


def _share(table: TableFacts, column: ColumnFacts) -> float:
    return (column.nulls or 0) / table.rows if table.rows else 0.0


def _null_map(tables: Sequence[TableFacts]) -> Markup:
    """A strip for each table that has empty cells, a field for each column, the darker the emptier."""
    holed = [table for table in tables if any(column.nulls for column in table.columns) and table.rows]
    holed.sort(key=lambda table: -sum(_share(table, column) for column in table.columns))
    if not holed:
        return el("figure", el("figcaption", "Empty cells"), el("p", "No cell is empty."), class_="card")
    left, y, fields, drawn = 116.0, 4.0, 0, 0
    parts: list[Markup] = []
    for table in holed[:_MOST_STRIPS]:
        columns = table.columns[:_WIDEST]
        fields += sum(1 for column in columns if column.nulls)
        if drawn and fields > _MOST_FIELDS:
            break
        drawn += 1
        parts.append(el("text", cut(table.name, 18), x=left - 8, y=y + 11, class_="tick", text_anchor="end"))
        size = (WIDTH - left) / _IN_A_ROW
        for first in range(0, len(columns), _IN_A_ROW):
            parts += _strip(table, columns[first : first + _IN_A_ROW], left, y, size)
            y += 17
        y += 4
    left_out = len(holed) - drawn
    more = f" {left_out} further tables with empty cells are not drawn." if left_out > 0 else ""
    note = f"A field is a column; the darker, the emptier.{more}"
    picture = svg(WIDTH, y + 4, *parts, says=f"share of empty cells in {drawn} tables", class_="plot heat")
    return el("figure", el("figcaption", "Empty cells"), picture, el("p", note, class_="note"), class_="card")


def _strip(table: TableFacts, columns: Sequence[ColumnFacts], left: float, y: float, size: float) -> Iterator[Markup]:
    """Full columns side by side are one field: of five hundred most are."""
    at = 0
    for empty, group in groupby(columns, key=lambda column: bool(column.nulls)):
        members = list(group)
        if not empty:
            width = size * len(members) - 1
            yield el("rect", x=left + at * size, y=y, width=width, height=14, rx=2, class_="full")
            at += len(members)
            continue
        for column in members:
            said = el("title", f"{column.name}: {percent(100 * _share(table, column))} empty")
            deep = round(0.15 + 0.85 * _share(table, column), 2)
            box = {"x": left + at * size, "y": y, "width": size - 1, "height": 14, "rx": 2}
            yield el("rect", said, class_="cell", fill_opacity=deep, **box)
            at += 1


def _emptiest(tables: Sequence[TableFacts]) -> Markup:
    found = [(_share(table, column), table, column) for table in tables for column in table.columns if column.nulls]
    found.sort(key=lambda item: (-item[0], item[1].name, item[2].name))
    rows = [
        el("tr", el("td", f"{table.name}.{column.name}"), el("td", percent(100 * share), class_="n"))
        for share, table, column in found[:_EMPTIEST]
    ]
    many = "column has" if len(found) == 1 else "columns have"
    said = el("p", f"{len(found):,} {many} empty cells.", class_="note")
    return (
        el("figure", el("figcaption", "Emptiest columns"), el("table", *rows), said, class_="card")
        if rows
        else Markup("")
    )


def _listed(tables: Sequence[TableFacts], budget: Budget) -> Iterator[Markup]:
    for number, table in enumerate(tables):
        shown = _table(table)
        if not budget.has(shown):
            left = len(tables) - number
            yield el("p", f"{left:,} further tables stand in the JSON report with all their columns.", class_="note")
            return
        yield shown


def _table(table: TableFacts) -> Markup:
    key = f" · key {', '.join(table.primary_key.columns)}" if table.primary_key else " · no key found"
    references = [
        el(
            "li",
            f"{', '.join(fk.columns)} → {fk.references.table}.{', '.join(fk.references.columns)}",
            _certainty(fk.source, fk.confidence),
        )
        for fk in table.foreign_keys
    ]
    head = el("summary", el("b", table.name), el("span", f" {table.kind} · {table.rows:,} rows{key}", class_="about"))
    names = ("column", "type", "role", "empty", "distinct", "least", "most")
    rows = [_column(table, column) for column in table.columns[:_SHORT]]
    rest = len(table.columns) - len(rows)
    more = el("p", f"… and {rest:,} more columns", class_="note") if rest > 0 else None
    listed = el("table", el("tr", *(el("th", name) for name in names)), *rows)
    return el(
        "details",
        head,
        el("ul", *references) if references else None,
        el("div", listed, class_="wide"),
        more,
        class_="card",
    )


def _certainty(source: str, confidence: float | None) -> Markup:
    return el("small", " declared" if source == "declared" else f" inferred, {confidence or 0:.2f}")


def _column(table: TableFacts, column: ColumnFacts) -> Markup:
    cells = (
        percent(100 * _share(table, column)) if column.nulls else "",
        f"{column.distinct:,}" if column.distinct is not None else "",
        _bound(column.min),
        _bound(column.max),
    )
    name, kind, role = cut(column.name, 60), cut(column.type, 30), (column.role or "").replace("_", " ")
    return el(
        "tr",
        el("td", name),
        el("td", kind, class_="type"),
        el("td", role),
        *(el("td", cell, class_="n") for cell in cells),
    )


def _bound(value: object) -> str:
    if isinstance(value, bool | None):
        return "" if value is None else str(value).lower()
    return compact(value) if isinstance(value, int | float) else cut(value, 24)
