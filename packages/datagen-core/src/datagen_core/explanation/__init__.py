"""What a document will make and why, for its author to read before any row is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datagen_core.explanation.columns import ColumnStory, stories
from datagen_core.explanation.rows import rows_story
from datagen_core.explanation.warnings import warnings
from datagen_core.forecast import Forecast, forecast
from datagen_core.plan import plan

if TYPE_CHECKING:
    from datagen_core.explanation.warnings import Warned
    from datagen_core.plan import TablePlan
    from datagen_core.run import Settings
    from datagen_core.schema.model import Document


@dataclass(frozen=True, slots=True)
class TableStory:
    """A table: how many rows, from where, and its columns.

    Parameters
    ----------
    name, kind
        The table.
    rows, bytes, seconds
        What it will take.
    source
        Why it has so many rows.
    needs
        The tables that are made before it.
    columns
        Its columns in the order of the file.
    """

    name: str
    kind: str
    rows: float
    bytes: float
    seconds: float
    source: str
    needs: tuple[str, ...]
    columns: tuple[ColumnStory, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A document explained: its tables in the order in which they are made, and what a careful reader would ask about."""

    name: str
    tables: tuple[TableStory, ...]
    warnings: tuple[Warned, ...]
    expected: Forecast


def explain(document: Document, settings: Settings) -> Explanation:
    """Explain a document that preflight has passed."""
    work = plan(document)
    expected = forecast(work, settings)
    taken = {one.name: one for one in expected.tables}

    def story(table: TablePlan) -> TableStory:
        one = taken[table.node.id]
        return TableStory(
            table.node.id,
            table.node.kind,
            one.rows,
            one.bytes,
            one.seconds,
            rows_story(document, table.node),
            table.needs,
            tuple(stories(document, table.node)),
        )

    tables = tuple(story(table) for table in work.tables if table.node.id in taken)
    return Explanation(str(document.metadata["name"]), tables, tuple(warnings(work)), expected)
