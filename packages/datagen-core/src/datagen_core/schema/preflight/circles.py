"""Circles that lead through the rows of children: a total that depends on what is reckoned from it.

Tables that need each other are told apart before (`order`). An aggregate turns the direction around, so that what counts
here is not the table but the single column, and which rows there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.behaviors.bounds import bounds_of
from datagen_core.behaviors.creation import creation_column, time_column
from datagen_core.behaviors.references import generator_of
from datagen_core.behaviors.segments import column_of
from datagen_core.errors import Problem
from datagen_core.generators.aggregate import AggregateParams
from datagen_core.generators.lookup import LookupParams
from datagen_core.graph import circle
from datagen_core.plan import reads_of
from datagen_core.schema.preflight.scope import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Column, Document, Node

    Cell = tuple[str, str]

ROWS = ""  # in the place of a column: which rows there are


def check(document: Document) -> Iterator[Problem]:
    """Aggregates that need themselves."""
    told: set[Cell] = set()
    found = [one for one in columns_of(document) if isinstance(one[1].generator.params, AggregateParams)]
    for place, column, _pointer in found:
        own = place.node.id, column.name
        for other in _lookers(document, own, column.generator.params):
            told.add(own)
            yield Problem(column.generator.pointer, _sentence([own, other]))
    left = [(place.node.id, column.name) for place, column, _ in found if (place.node.id, column.name) not in told]
    if left:
        yield from _circles(document, told)


def _lookers(document: Document, own: Cell, params: AggregateParams) -> Iterator[Cell]:
    """Columns of the child that look up what is reckoned from the child."""
    child = document.node(params.child(document)[0])
    for column in child.columns if child is not None else ():
        if getattr(column.generator.params, "source", None) == ".".join(own):
            yield params.child(document)[0], column.name


def _circles(document: Document, told: set[Cell]) -> Iterator[Problem]:
    graph: dict[str, list[str]] = {}
    cells: dict[str, Cell] = {}
    for node in document.nodes:
        for name, needed in _needs(document, node):
            cell = node.id, name
            cells[_key(cell)] = cell
            graph[_key(cell)] = [] if cell in told else [_key(other) for other in needed if other != cell]
    names = [cells[key] for key in circle(graph)]
    for at, (table, name) in enumerate(names):
        found = document.resolve(f"{table}.{name}") if name else None
        if found is not None and isinstance(found[1].generator.params, AggregateParams):
            yield Problem(found[1].generator.pointer, _sentence([*names[at:], *names[:at]]))
            return


def _key(cell: Cell) -> str:
    return "\x00".join(cell)


def _sentence(cells: list[Cell]) -> str:
    shown = [f"{table}.{name}" if name != ROWS else f"the rows of {table}" for table, name in [*cells, cells[0]]]
    return f"columns need each other in a circle: {' → '.join(shown)}"


def _needs(document: Document, node: Node) -> Iterator[tuple[str, list[Cell]]]:
    """What the table's rows need, and what each of its columns needs."""
    yield ROWS, list(_of_rows(document, node))
    for column in node.columns:
        yield column.name, [(node.id, ROWS), *_of_column(document, node, column)]


def _of_rows(document: Document, node: Node) -> Iterator[Cell]:
    parent = document.node(node.parents[0]) if node.parents else None
    if parent is None:
        return
    yield parent.id, ROWS
    yield from _of_parent(document, node, parent)
    for use in node.modifiers:
        args = use.params
        yield from ((node.id, name) for name in getattr(args, "on", {}))
        other = document.node(getattr(args, "effect_table", ""))
        if other is not None:
            yield from [(other.id, column.name) for column in other.columns]
    if node.touches is not None and (time := time_column(parent)) is not None:
        yield parent.id, time.name


def _of_parent(document: Document, node: Node, parent: Node) -> Iterator[Cell]:
    """The parent's creation and segment, which may shape how many rows there are, and when."""
    created = creation_column(parent)
    if created is not None:
        yield parent.id, created.name
    varied = node.process.segment_variation if node.process is not None else {}
    segment = column_of(document, parent, varied) if varied or parent.segment_behavior is not None else None
    if segment:
        yield parent.id, segment


def _of_column(document: Document, node: Node, column: Column) -> Iterator[Cell]:
    params = generator_of(document, node, column).params
    reads = reads_of(document, node, column)
    yield from ((node.id, name) for name in reads.row)
    yield from reads.tables
    if isinstance(params, LookupParams):
        yield params.table, params.column
        if params.table != node.id:
            yield params.table, ROWS
    if isinstance(params, AggregateParams):
        child, _ = params.child(document)
        yield child, ROWS
        yield from ((child, name) for name in params.columns(document))
    for bound in bounds_of(document, node, column):
        yield bound.way.table or node.id, bound.column
