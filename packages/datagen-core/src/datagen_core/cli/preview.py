"""A few rows of each table as people read them: aligned, with types, long values cut, wide tables in blocks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from datagen_core.errors import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

LONGEST = 32  # cells of a value that is shown whole
GAP = "  "
TYPES = {"int64": "int", "double": "float", "bool": "bool", "date32[day]": "date", "string": "string"}


def previewed(tables: dict[str, pa.Table], width: int | None = None) -> None:
    """Print a few rows of each table.

    Parameters
    ----------
    width
        Cells of a line; the terminal's when None, and endless where none is attached.
    """
    console = Console()
    if width is None and console.is_terminal:
        width = console.width
    for name, rows in tables.items():
        click.echo("\n".join(lines(name, rows, width)) + "\n")


def lines(name: str, rows: pa.Table, width: int | None) -> Iterator[str]:
    """The lines of one table."""
    count = "no rows" if not rows.num_rows else f"{rows.num_rows} row{'' if rows.num_rows == 1 else 's'}"
    yield f"{on_one_line(name)}: {count}"
    columns = [_column(field.name, field.type, rows.column(place)) for place, field in enumerate(rows.schema)]
    for number, block in enumerate(_blocks(columns, width)):
        if number:
            yield ""
        yield from (GAP + GAP.join(cells).rstrip() for cells in zip(*block, strict=True))


def _column(name: str, kind: pa.DataType, values: pa.ChunkedArray) -> list[str]:
    """A column's name, type and values, all of one width; numbers to the right."""
    word = TYPES.get(str(kind), "datetime" if str(kind).startswith("timestamp") else str(kind))
    cells = [_cut(on_one_line(name)), word, *(_cut(_cell(value)) for value in values.to_pylist())]
    widest = max(map(cell_len, cells))
    if word in {"int", "float"}:
        return [" " * (widest - cell_len(cell)) + cell for cell in cells]
    return [set_cell_size(cell, widest) for cell in cells]


def _cut(text: str) -> str:
    if cell_len(text) <= LONGEST:
        return text
    return set_cell_size(text, LONGEST - 1).rstrip() + "…"


def _cell(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(UTC)
        return moment.replace(tzinfo=None).isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.10g}" if isinstance(value, float) else on_one_line(str(value))


def _blocks(columns: Sequence[list[str]], width: int | None) -> Iterator[list[list[str]]]:
    """As many columns at a time as a line holds; the first one leads each block, so that rows can be told apart."""
    if width is None:
        yield list(columns)
        return
    lead, *others = columns
    block, used = [lead], len(GAP) + cell_len(lead[0])
    for column in others:
        more = len(GAP) + cell_len(column[0])
        if used + more > width and len(block) > 1:
            yield block
            block, used = [lead], len(GAP) + cell_len(lead[0])
        block.append(column)
        used += more
    yield block
