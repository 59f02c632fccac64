"""How a row finds its row of another table in the data: by a column that holds the other's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors.references import lookups, whole_key
from datagen_core.validation.case import Skip
from datagen_core.validation.keys import KeyIndex, match

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from datagen_core.schema.model import Document, Node
    from datagen_core.validation.case import Case
    from datagen_core.values import Values


@dataclass(frozen=True, slots=True)
class Link:
    """`column` of a table holds values of `key` of another `table`; so do further pairs where the key has several columns."""

    column: str
    table: str
    key: str
    further: tuple[tuple[str, str], ...] = ()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(column, key) of all parts."""
        return (self.column, self.key), *self.further


def link(document: Document, node: Node, table: str) -> Link | None:
    """The column by which a table's rows name rows of another; None where they cannot be told from the data."""
    other = document.node(table)
    if other is None:
        return None
    for entry in document.constraints.foreign_keys:
        own, _, name = entry.source.rpartition(".")
        far, _, key = entry.target.rpartition(".")
        if own == node.id and far == table and other.keys == (key,):
            return Link(name, table, key)
    for column, params in lookups(document, node):
        if params.table == table and other.keys == (params.column,) and not params.pairs and not column.modifiers:
            return Link(column.name, table, params.column)
    return composite(document, node, table) or _joined(document, node, table)


def composite(document: Document, node: Node, table: str) -> Link | None:
    """Look-ups of all columns of another table's key, where it has several."""
    pairs = whole_key(document, node, table)
    return Link(pairs[0][0], table, pairs[0][1], pairs[1:]) if pairs else None


def _joined(document: Document, node: Node, table: str) -> Link | None:
    """A lookup `on` a column that is unique there."""
    other = document.node(table)
    for _, params in lookups(document, node):
        if params.table == table and len(params.pairs) == 1 and other is not None:
            mine, theirs = params.pairs[0]
            if other.keys == (theirs,) or f"{table}.{theirs}" in document.constraints.unique:
                return Link(mine, table, theirs)
    return None


def parent_rows(case: Case, node: Node, found: Link) -> NDArray[np.int64]:
    """For each row the number of its row in the other table; -1 where it has none."""
    if found.further:
        return match(
            [case.values(found.table, key) for _, key in found.pairs],
            [case.values(node.id, column) for column, _ in found.pairs],
        )
    index = KeyIndex.of(case.values(found.table, found.key))
    values = case.values(node.id, found.column)
    if (index.text is not None) != values.is_text:
        raise Skip(f"{node.id}.{found.column} and {found.table}.{found.key} are of different types")
    return index.find(values)


def follow(case: Case, node: Node, found: Link, name: str) -> Values:
    """A column of the other table, brought to the rows of this one; null where the key finds nothing."""
    rows = parent_rows(case, node, found)
    far = case.values(found.table, name)
    if not len(far):
        raise Skip(f"table {found.table} is empty")
    return far.take(np.maximum(rows, 0)).with_nulls(rows < 0)
