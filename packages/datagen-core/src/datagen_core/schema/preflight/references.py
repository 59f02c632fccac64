"""References: what generators, modifiers and constraints name has to exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core import registry
from datagen_core.errors import Problem
from datagen_core.generators.base import Place
from datagen_core.schema.preflight.columns import said
from datagen_core.schema.preflight.scope import columns_of, dangling, no_column, no_table, nodes_of, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Document, Use


def check(document: Document) -> Iterator[Problem]:
    """References of columns, of tables' modifiers, and of constraints."""
    for place, column, _pointer in columns_of(document):
        yield from _uses(place, "generators", column.generator)
        for use in column.modifiers:
            yield from _uses(place, "modifiers", use)
    for node, _pointer in nodes_of(document):
        for use in node.modifiers:
            yield from _uses(Place(document, node, None), "modifiers", use)
    yield from _constraints(document)


def _uses(place: Place, kind: str, use: Use) -> Iterator[Problem]:
    """What a generator or modifier reads and is not there, unless it has said so itself."""
    spec = registry.spec(kind, use.name)
    if spec is None:
        return
    reported = {problem.received for problem in said(spec, use, place) if problem.received is not None}
    reads = spec.reads(use.params, place)
    for name in dict.fromkeys(reads.row):
        if name not in reported:
            pointer, on_key = where(use, name)
            yield from no_column(place.document, place.node.id, name, pointer, on_key=on_key)
    for table, name in dict.fromkeys(reads.tables):
        if table and table not in reported and name not in reported:
            yield from _of_table(place, use, table, name)


def _of_table(place: Place, use: Use, table: str, name: str) -> Iterator[Problem]:
    if place.document.node(table) is None:
        pointer, _ = where(use, f"{table}.{name}", table, of_column=False)
        yield from no_table(place.document, table, pointer)
    else:
        pointer, on_key = where(use, f"{table}.{name}", name)
        yield from no_column(place.document, table, name, pointer, on_key=on_key)


def _constraints(document: Document) -> Iterator[Problem]:
    constraints = document.constraints
    for index, reference in enumerate(constraints.unique):
        yield from dangling(document, reference, ("constraints", "unique", index))
    for kind, keys in {
        "foreign_keys": {"source": "from", "target": "to"},
        "ranges": {"attr": "attr"},
        "inequalities": {"left": "left", "right": "right"},
        "pattern": {"attr": "attr"},
        "enum": {"attr": "attr", "enum_ref": "enum_ref"},
    }.items():
        for index, entry in enumerate(getattr(constraints, kind)):
            for field, key in keys.items():
                if getattr(entry, field) is not None:
                    yield from dangling(document, getattr(entry, field), ("constraints", kind, index, key))
    for _place, column, pointer in columns_of(document):
        if column.constraints is not None and column.constraints.enum_ref is not None:
            yield from dangling(document, column.constraints.enum_ref, (*pointer, "constraints", "enum_ref"))
