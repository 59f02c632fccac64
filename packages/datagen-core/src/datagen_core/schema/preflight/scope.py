"""What several checks need: nodes and columns with their pointers, references and what they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from datagen_core.errors import Problem
from datagen_core.generators.base import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.errors import Pointer
    from datagen_core.schema.model import Column, Document, Node, Use


def nodes_of(document: Document) -> Iterator[tuple[Node, Pointer]]:
    """Every node with its pointer."""
    for index, node in enumerate(document.nodes):
        yield node, ("nodes", index)


def columns_of(document: Document) -> Iterator[tuple[Place, Column, Pointer]]:
    """Every column with its place and its pointer."""
    for node, pointer in nodes_of(document):
        for index, column in enumerate(node.columns):
            yield Place(document, node, column), column, (*pointer, "columns", index)


def table_names(document: Document) -> tuple[str, ...]:
    """The ids of all nodes."""
    return tuple(node.id for node in document.nodes)


def column_names(node: Node) -> tuple[str, ...]:
    """The names of a node's columns."""
    return tuple(column.name for column in node.columns)


def dangling(document: Document, reference: str, pointer: Pointer) -> Iterator[Problem]:
    """The problem of a reference ``table.column`` that leads nowhere."""
    table, dot, name = reference.rpartition(".")
    if not dot:
        node = next((node for node in document.nodes if node.column(reference) is not None), None)
        hint = f'write "{node.id}.{reference}"' if node is not None else ""
        yield Problem(pointer, f'"{reference}" is not of the form table.column', hint=hint)
        return
    yield from no_table(document, table, pointer)
    if document.node(table) is not None:
        yield from no_column(document, table, name, pointer)


def no_table(document: Document, table: str, pointer: Pointer) -> Iterator[Problem]:
    """The problem of a table that does not exist."""
    if document.node(table) is None:
        yield Problem(pointer, f'unknown table "{table}"', received=table, accepted=table_names(document))


def no_column(
    document: Document, table: str, name: str, pointer: Pointer, *, on_key: bool = False
) -> Iterator[Problem]:
    """The problem of a column that a table which exists does not have."""
    node = document.node(table)
    if node is not None and node.columns and node.column(name) is None:
        message = f'{table} has no column "{name}"'
        yield Problem(pointer, message, received=name, accepted=column_names(node), on_key=on_key)


def where(use: Use, *texts: str, of_column: bool = True) -> tuple[Pointer, bool]:
    """The pointer of the parameter that says one of these texts (the first that is found), and whether it is a key.

    Parameters
    ----------
    of_column
        True where a column is meant: parameters that name tables are passed over then.
    """
    leaves = list(_leaves(msgspec.to_builtins(use.params), ()))
    for text in texts:
        for pointer, said, on_key in leaves:
            names_table = str(pointer[-1]).endswith("table") and not on_key
            if said == text and not (of_column and names_table):
                return (*use.pointer, *pointer), on_key
    return use.pointer, False


def _leaves(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str, bool]]:
    if isinstance(value, str):
        yield pointer, value, False
    elif isinstance(value, dict):
        for key, child in value.items():
            yield (*pointer, key), key, True
            yield from _leaves(child, (*pointer, key))
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            yield from _leaves(child, (*pointer, index))
