"""Order: columns and tables that need each other in a circle, and declared levels that contradict what is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.errors import Problem
from datagen_core.graph import circle
from datagen_core.plan import column_graph, table_graph
from datagen_core.schema.preflight.scope import nodes_of, table_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Document


def check(document: Document) -> Iterator[Problem]:
    """Circles of tables and of columns, and the levels of `dag`."""
    graph = table_graph(document)
    names = circle(graph)
    if names:
        index = next(index for index, node in enumerate(document.nodes) if node.id == names[0])
        yield Problem(("nodes", index), f"tables need each other in a circle: {_arrows(names)}")
    for node, pointer in nodes_of(document):
        columns = circle(column_graph(document, node))
        if columns:
            index = next(index for index, column in enumerate(node.columns) if column.name == columns[0])
            message = f"columns of {node.id} need each other in a circle: {_arrows(columns)}"
            yield Problem((*pointer, "columns", index, "generator"), message)
    if document.dag is not None:
        yield from _dag(document, document.dag, graph)


def _arrows(names: list[str]) -> str:
    return " → ".join([*names, names[0]])


def _dag(
    document: Document, levels: tuple[tuple[str, ...], ...], graph: dict[str, tuple[str, ...]]
) -> Iterator[Problem]:
    known = table_names(document)
    level_of: dict[str, int] = {}
    for level, names in enumerate(levels):
        for index, name in enumerate(names):
            pointer = ("dag", level, index)
            if name not in known:
                yield Problem(pointer, f'unknown table "{name}"', received=name, accepted=known)
            elif name in level_of:
                yield Problem(pointer, f'"{name}" stands twice in the levels')
            level_of.setdefault(name, level)
    written = {node.id for node in document.nodes if node.touches is None}
    for name in known:
        if name in written and name not in level_of:
            yield Problem(("dag",), f'the levels lack the table "{name}"')
    for level, names in enumerate(levels):
        for index, name in enumerate(names):
            for needed in graph.get(name, ()):
                if level_of.get(needed, -1) > level:
                    yield Problem(("dag", level, index), f"{name} needs {needed}, which stands in a later level")
