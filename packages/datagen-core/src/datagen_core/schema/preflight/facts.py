"""What a document says of its columns' values, apart from columns about which a mistake is on record already."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from datagen_core.graph import circle
from datagen_core.plan import plan, table_graph
from datagen_core.schema.domain import interval_of, values_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datagen_core.errors import Pointer, Problem
    from datagen_core.schema.domain import Interval
    from datagen_core.schema.model import Column, Document, Node, Scalar


@dataclass(frozen=True, slots=True)
class Doubts:
    """What can't be relied on.

    Parameters
    ----------
    columns
        (table, column) with a mistake.
    entries
        Pointers of constraints with a mistake.
    rows
        Whether a table has a mistake that may change how many rows there are.
    """

    columns: frozenset[tuple[str, str]] = frozenset()
    entries: frozenset[Pointer] = frozenset()
    rows: bool = False

    def joined(self, document: Document, problems: Iterable[Problem]) -> Doubts:
        """These doubts, and those that mistakes of meaning raise."""
        columns, entries, rows = set(self.columns), set(self.entries), self.rows
        for problem in problems:
            match problem.pointer:
                case ("nodes", int(index), "columns", int(number), *_):
                    node = document.nodes[index]
                    columns.add((node.id, node.columns[number].name))
                case ("constraints", *_):
                    entries.add(problem.pointer[:3])
                case ("nodes" | "dag" | "timeframe", *_):
                    rows = True
        return Doubts(frozenset(columns), frozenset(entries), rows)


@dataclass(frozen=True)
class Facts:
    """The values and rows that a document declares, as far as there is no doubt."""

    document: Document
    doubts: Doubts = field(default_factory=Doubts)

    def values(self, found: tuple[Node, Column] | None) -> tuple[Scalar, ...] | None:
        """All values that a column can hold, null aside; None where that is not known."""
        return values_of(self.document, *found) if found is not None and self._sure(*found) else None

    def interval(self, found: tuple[Node, Column] | None) -> Interval | None:
        """The interval of a column of numbers or times; None where that is not known."""
        interval = interval_of(self.document, *found) if found is not None and self._sure(*found) else None
        return interval if interval is not None and interval.low <= interval.high else None

    def _sure(self, node: Node, column: Column) -> bool:
        return (node.id, column.name) not in self.doubts.columns

    def stands(self, pointer: Pointer) -> bool:
        """Whether nothing is wrong with a constraint itself."""
        return pointer[:3] not in self.doubts.entries

    @cached_property
    def rows(self) -> dict[str, float] | None:
        """The rows to expect by table; None where they are not known."""
        sure = not self.doubts.rows and not circle(table_graph(self.document)) and not self.doubts.columns
        return {table.node.id: table.rows for table in plan(self.document).tables} if sure else None
