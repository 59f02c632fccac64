"""Names: tables become files, so a name must not lead anywhere else, nor two names to the same file."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from datagen_core.errors import Problem, shortened
from datagen_core.schema.preflight.scope import nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.errors import Pointer
    from datagen_core.schema.model import Document, Node

LONGEST = 200  # bytes; file systems take 255, and ".parquet" and a temporary suffix need some


def check(document: Document) -> Iterator[Problem]:
    """Names that can't be, and names that are taken."""
    if not document.nodes:
        yield Problem(("nodes",), "a document has at least one table")
    taken: dict[str, str] = {}
    for name, pointer in _tables(document):
        yield from hostile(name, pointer)
        file = unicodedata.normalize("NFC", name).casefold()
        if taken.get(file) == name:
            yield Problem(pointer, f'two tables are called "{name}"')
        elif file in taken:
            yield Problem(pointer, f'"{name}" and "{taken[file]}" would be one file where case does not count')
        taken.setdefault(file, name)
    for node, pointer in nodes_of(document):
        yield from _columns(node, pointer)


def ambiguous(document: Document) -> bool:
    """Whether two tables have the same name."""
    names = [node.id for node in document.nodes]
    return len(set(names)) < len(names)


def _tables(document: Document) -> Iterator[tuple[str, Pointer]]:
    """Every table that will be written, with the place of its name."""
    for node, pointer in nodes_of(document):
        if node.touches is None:
            yield node.id, (*pointer, "id")
    for node, pointer in nodes_of(document):
        if node.attribution_chain is not None:
            yield node.attribution_chain.touchpoint_table_name, (*pointer, "attribution_chain", "touchpoint_table_name")


def hostile(name: str, pointer: Pointer) -> Iterator[Problem]:
    """The problem of a name that can't be a table's file."""
    reason = _reason(name)
    if reason:
        yield Problem(pointer, f"\"{shortened(name)}\" can't be a table's name: {reason}")


def _reason(name: str) -> str:
    if not name.strip():
        return "it is empty"
    if any(unicodedata.category(character) == "Cc" for character in name):
        return "it has control characters"
    if "/" in name or "\\" in name:
        return "it has path separators"
    if name[0] in "._":
        return f'files that begin with "{name[0]}" are not data'
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    return ""


def _columns(node: Node, pointer: Pointer) -> Iterator[Problem]:
    if not node.columns:
        yield Problem((*pointer, "columns"), f"{node.id} has no columns")
    seen: set[str] = set()
    for index, column in enumerate(node.columns):
        place = (*pointer, "columns", index, "name")
        if not column.name.strip():
            yield Problem(place, "the column's name is empty")
        elif any(unicodedata.category(character) == "Cc" for character in column.name):
            yield Problem(place, f"\"{column.name}\" can't be a column's name: it has control characters")
        elif column.name in seen:
            yield Problem(place, f'two columns of {node.id} are called "{column.name}"')
        seen.add(column.name)
