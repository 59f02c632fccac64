"""Columns: types that generators and modifiers can serve, and what each generator and modifier says of its parameters."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from datagen_core import registry
from datagen_core.errors import Problem
from datagen_core.generators.base import Place
from datagen_core.schema.preflight.scope import columns_of, nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.errors import Pointer
    from datagen_core.schema.model import Column, Document, Use


def check(document: Document) -> Iterator[Problem]:
    """Every column, and the modifiers of tables."""
    for place, column, pointer in columns_of(document):
        yield from _nulls(column, pointer)
        yield from _generator(place, column)
        for use in column.modifiers:
            yield from _modifier(place, column, use)
    for node, _pointer in nodes_of(document):
        for use in node.modifiers:
            yield from _on_table(Place(document, node, None), use)


def _nulls(column: Column, pointer: Pointer) -> Iterator[Problem]:
    rate = column.null_rate
    if rate is None:
        return
    if not (math.isfinite(rate) and 0 <= rate <= 1):
        yield Problem((*pointer, "null_rate"), f"a null_rate of {rate:g}; it has to lie between 0 and 1")
    elif rate > 0 and not column.nullable:
        yield Problem((*pointer, "null_rate"), "null_rate needs nullable", hint='add "nullable": true', on_key=True)


def _generator(place: Place, column: Column) -> Iterator[Problem]:
    spec = registry.spec("generators", column.generator.name)
    if spec is None:
        return
    if column.type not in spec.types:
        yield _unsuited(column.generator.name, "fill", column, column.generator.pointer, spec.types)
    yield from said(spec, column.generator, place)


def _modifier(place: Place, column: Column, use: Use) -> Iterator[Problem]:
    spec = registry.spec("modifiers", use.name)
    if spec is None:
        return
    if column.type not in spec.types:
        yield _unsuited(use.name, "change", column, (*use.pointer[:-1], "transform"), spec.types)
        return
    yield from said(spec, use, place)


def _on_table(place: Place, use: Use) -> Iterator[Problem]:
    spec = registry.spec("modifiers", use.name)
    if spec is None:
        return
    if not spec.on_table:
        known = {name: registry.spec("modifiers", name) for name in registry.names("modifiers")}
        accepted = tuple(name for name, other in known.items() if other is not None and other.on_table)
        message = f"{use.name} acts on a column, not on a table"
        yield Problem((*use.pointer[:-1], "transform"), message, accepted=accepted)
        return
    yield from said(spec, use, place)


def said(spec: Any, use: Use, place: Place) -> Iterator[Problem]:
    """What a generator or modifier says of its parameters, with whole pointers."""
    for problem in spec.check(use.params, place):
        yield replace(problem, pointer=(*use.pointer, *problem.pointer))


def _unsuited(name: str, verb: str, column: Column, pointer: Pointer, types: frozenset[str]) -> Problem:
    return Problem(pointer, f"{name} can't {verb} a column of type {column.type}", accepted=sorted(types))
