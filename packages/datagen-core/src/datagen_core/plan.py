"""A document → the order of work: tables after what they need, in each table columns after what they read.

Pure and light: nothing is drawn and numpy is not loaded. What is estimated here is told to people before work begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from datagen_core import registry
from datagen_core.estimate import COLUMN_BYTES, expected_rows, row_bytes
from datagen_core.generators.base import Place, Reads
from datagen_core.graph import circle, order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Column, Document, GeneratorUse, ModifierUse, Node


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """A column and what has to be there before it is made.

    Parameters
    ----------
    column
        The column.
    reads
        What its generator and its modifiers read: columns of its row, columns of other tables.
    after
        Columns of its row that an inequality puts before it: its values are drawn given theirs.
    """

    column: Column
    reads: Reads
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A table and the order of its making.

    Parameters
    ----------
    node
        The table.
    columns
        Its columns in the order in which they can be made; the output keeps the order of `node.columns`.
    needs
        The tables that come before it.
    rows
        How many rows to expect; exact for entities and vocabs, the mean for facts.
    """

    node: Node
    columns: tuple[ColumnPlan, ...]
    needs: tuple[str, ...]
    rows: float

    @property
    def bytes(self) -> int:
        """About how many bytes of Parquet to expect."""
        return round(self.rows * row_bytes(self.node)) + len(self.node.columns) * COLUMN_BYTES

    def column(self, name: str) -> ColumnPlan | None:
        """The plan of the column of that name, or None."""
        return next((plan for plan in self.columns if plan.column.name == name), None)


@dataclass(frozen=True)
class Plan:
    """All tables of a document in the order in which they can be made."""

    document: Document
    tables: tuple[TablePlan, ...]

    @cached_property
    def _by_name(self) -> dict[str, TablePlan]:
        return {table.node.id: table for table in self.tables}

    def table(self, name: str) -> TablePlan:
        """The plan of a table."""
        return self._by_name[name]

    @property
    def rows(self) -> float:
        """How many rows to expect in all."""
        return sum(table.rows for table in self.tables)


def plan(document: Document) -> Plan:
    """The order of work of a document that preflight has passed.

    Raises
    ------
    ValueError
        When tables or columns form a circle, which preflight reports.
    """
    graph = table_graph(document)
    ordered = order({**graph, **_dag(document, graph)})
    nodes = [node for name in ordered if (node := document.node(name)) is not None]
    rows = expected_rows(nodes, document)
    position = {name: index for index, name in enumerate(ordered)}
    tables = [
        TablePlan(
            node, _columns(document, node), tuple(sorted(graph[node.id], key=position.__getitem__)), rows[node.id]
        )
        for node in nodes
    ]
    return Plan(document, tuple(tables))


def reads_of(document: Document, node: Node, column: Column) -> Reads:
    """What a column's generator and modifiers read, each column once."""
    place = Place(document, node, column)
    found = [_reads("generators", column.generator, place)]
    found += [_reads("modifiers", use, place) for use in column.modifiers]
    row = dict.fromkeys(name for reads in found for name in reads.row)
    tables = dict.fromkeys(pair for reads in found for pair in reads.tables)
    return Reads(tuple(row), tuple(tables))


def _reads(kind: str, use: GeneratorUse | ModifierUse, place: Place) -> Reads:
    spec = registry.spec(kind, use.name)
    reads: Reads = spec.reads(use.params, place) if spec is not None else Reads()
    return reads


def column_graph(document: Document, node: Node) -> dict[str, tuple[str, ...]]:
    """Column → the columns of its own row, or of all rows of its own table, that it reads."""
    graph: dict[str, tuple[str, ...]] = {}
    for column in node.columns:
        reads = reads_of(document, node, column)
        own = [name for table, name in reads.tables if table == node.id]
        graph[column.name] = tuple(name for name in dict.fromkeys([*reads.row, *own]) if node.column(name) is not None)
    return graph


def table_graph(document: Document) -> dict[str, tuple[str, ...]]:
    """Table → the other tables that have to be made before it."""
    known = {node.id for node in document.nodes}
    return {
        node.id: tuple(name for name in dict.fromkeys(_needs(document, node)) if name in known and name != node.id)
        for node in document.nodes
    }


def _needs(document: Document, node: Node) -> Iterator[str]:
    yield from node.parents
    place = Place(document, node, None)
    for use in node.modifiers:
        yield from (table for table, _ in _reads("modifiers", use, place).tables)
    for column in node.columns:
        reads = reads_of(document, node, column)
        yield from (table for table, _ in reads.tables)
        if not reads.tables:
            yield from _referenced(document, f"{node.id}.{column.name}")


def _referenced(document: Document, attribute: str) -> Iterator[str]:
    """The tables from whose keys a column without a lookup has to be drawn."""
    for key in document.constraints.foreign_keys:
        if key.source == attribute:
            yield key.target.rpartition(".")[0]


def _dag(document: Document, graph: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The graph with each declared level after the one before it."""
    levels = document.dag or ()
    added = {name: before for before, level in pairwise(levels) for name in level}
    return {name: (*needed, *added.get(name, ())) for name, needed in graph.items()}


def _columns(document: Document, node: Node) -> tuple[ColumnPlan, ...]:
    graph: dict[str, tuple[str, ...]] = column_graph(document, node)
    after: dict[str, list[str]] = {column.name: [] for column in node.columns}
    for earlier, later in _pairs(document, node):
        wider = {**graph, later: (*graph[later], earlier)}
        if earlier != later and not circle(wider):
            graph = wider
            after[later].append(earlier)
    plans = {
        column.name: ColumnPlan(column, reads_of(document, node, column), tuple(after[column.name]))
        for column in node.columns
    }
    return tuple(plans[name] for name in order(graph))


def _pairs(document: Document, node: Node) -> Iterator[tuple[str, str]]:
    """(smaller, larger) columns of the inequalities within a table."""
    for inequality in document.constraints.inequalities:
        first, second = inequality.ordered
        tables = {first.rpartition(".")[0], second.rpartition(".")[0]}
        names = first.rpartition(".")[2], second.rpartition(".")[2]
        if tables == {node.id} and all(node.column(name) is not None for name in names):
            yield names
