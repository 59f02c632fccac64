"""How a row of a table finds its row of another table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from datagen_core.generators.lookup import LookupParams
from datagen_core.generators.sequence import SequenceParams
from datagen_core.schema.model import GeneratorUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Column, Document, Node

FREE = frozenset({"choice", "distribution", "faker", "mimesis"})
"""Generators whose values a foreign key replaces: what they would draw need not be a key of the other table."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way from a row to its row of another table.

    Parameters
    ----------
    how
        ``parent``: the primary parent. ``pick``: the row drawn at random once per (row, table). ``join``: the row whose
        columns agree in `pairs` (this row's, that table's). ``row``: the same row.
    """

    how: Literal["row", "parent", "pick", "join"]
    table: str
    pairs: tuple[tuple[str, str], ...] = ()


def generator_of(document: Document, node: Node, column: Column) -> GeneratorUse:
    """The generator that fills a column: its own, or a lookup of the keys that a foreign key demands."""
    use = column.generator
    key = next((key for key in document.constraints.foreign_keys if key.source == f"{node.id}.{column.name}"), None)
    if key is None or use.name not in FREE | {"sequence"}:
        return use
    if isinstance(use.params, SequenceParams) and (
        column.name in node.keys or _inside(document, use.params, key.target)
    ):
        return use
    return GeneratorUse("lookup", LookupParams(source=key.target), use.pointer)


def _inside(document: Document, own: SequenceParams, target: str) -> bool:
    """Whether a sequence counts the same numbers as the sequence that it refers to."""
    table, _, name = target.rpartition(".")
    node = document.node(table)
    column = node.column(name) if node is not None else None
    other = column.generator.params if column is not None else None
    return isinstance(other, SequenceParams) and (other.start, other.step) == (own.start, own.step)


def lookups(document: Document, node: Node) -> Iterator[tuple[Column, LookupParams]]:
    """The columns of a table that look into a table, and where."""
    for column in node.columns:
        params = generator_of(document, node, column).params
        if isinstance(params, LookupParams):
            yield column, params


def whole_key(document: Document, node: Node, table: str) -> tuple[tuple[str, str], ...]:
    """(column, key) by which a row names a row of a table whose key has several columns; empty where it does not."""
    other = document.node(table)
    keys = other.keys if other is not None and table != node.id else ()
    found = {
        params.column: column.name
        for column, params in lookups(document, node)
        if params.table == table and params.column in keys and not params.pairs and not column.modifiers
    }
    return tuple((found[key], key) for key in keys) if len(keys) > 1 and len(found) == len(keys) else ()


def way_to(document: Document, node: Node, table: str) -> Way | None:
    """How a row of `node` finds its row of `table`, or None where nothing relates them."""
    if node.parents and node.parents[0] == table:
        return Way("parent", table)
    found = [params for _, params in lookups(document, node) if params.table == table]
    if any(not params.pairs for params in found):
        return Way("pick", table)
    return next((Way("join", table, params.pairs) for params in found), None)
