"""An explanation as people read it, and as machines do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from datagen_core.cli import present
from datagen_core.wording import counted, duration, size, table

if TYPE_CHECKING:
    from datagen_core.explanation import Explanation, TableStory


def show(source: str, told: Explanation, *, as_json: bool) -> None:
    """Print an explanation."""
    if as_json:
        present.as_json(to_json(source, told))
        return
    click.echo(f"{source}: {told.name}\n\nIn this order:\n{_order(told)}")
    for story in told.tables:
        click.echo(f"\n{_table(story)}")
    click.echo(f"\n{_warnings(told)}")


def _order(told: Explanation) -> str:
    rows = [["table", "kind", "rows", "size", "time"]]
    rows += [[one.name, one.kind, counted(one.rows), size(one.bytes), duration(one.seconds)] for one in told.tables]
    expected = told.expected
    rows.append(["all", "", counted(expected.rows), size(expected.bytes), duration(expected.seconds)])
    return table(rows, right=(2, 3, 4))


def _table(story: TableStory) -> str:
    after = f"; after {', '.join(story.needs)}" if story.needs else ""
    rows = [[column.name, column.type, "; ".join([column.source, *column.changes])] for column in story.columns]
    lines = table(rows).splitlines()
    told = [f"{story.name}: {counted(story.rows)} rows, {story.source}{after}"]
    for line, column in zip(lines, story.columns, strict=True):
        told += [line, *(f"      {keeps}" for keeps in column.keeps)]
    return "\n".join(told)


def _warnings(told: Explanation) -> str:
    if not told.warnings:
        return "Nothing to ask about."
    return "To ask about:\n" + "\n".join(f"  {one}" for one in told.warnings)


def to_json(source: str, told: Explanation) -> dict[str, Any]:
    """An explanation for machines."""
    return {
        "schema": source,
        "name": told.name,
        "rows": round(told.expected.rows),
        "bytes": round(told.expected.bytes),
        "seconds": round(told.expected.seconds, 1),
        "tables": [_table_json(story) for story in told.tables],
        "warnings": [{"place": one.place, "message": one.message} for one in told.warnings],
    }


def _table_json(story: TableStory) -> dict[str, Any]:
    return {
        "name": story.name,
        "kind": story.kind,
        "rows": round(story.rows),
        "bytes": round(story.bytes),
        "seconds": round(story.seconds, 2),
        "rows_from": story.source,
        "after": list(story.needs),
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "from": column.source,
                "changes": list(column.changes),
                "keeps": list(column.keeps),
            }
            for column in story.columns
        ],
    }
