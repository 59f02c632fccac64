"""Targets: the tables, columns and numbers that validation will measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.errors import Problem
from datagen_core.generators.base import NUMBERS, TIMES
from datagen_core.instants import check_weights
from datagen_core.schema.preflight.scope import no_column, no_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.errors import Pointer
    from datagen_core.schema.model import CompositeEffect, Document, Influence


def check(document: Document) -> Iterator[Problem]:
    """Every target."""
    for index, share in enumerate(document.targets.weekend_share):
        pointer = ("targets", "weekend_share", index)
        yield from _column(document, share.table, share.timestamp, (*pointer, "timestamp"), TIMES)
        yield from _bounds(share.min, share.max, pointer)
        for key in ("min", "max"):
            bound = getattr(share, key)
            if bound is not None and not 0 <= bound <= 1:
                yield Problem((*pointer, key), f"a share of {bound:g}; it has to lie between 0 and 1")
    for index, mean in enumerate(document.targets.mean_in_range):
        pointer = ("targets", "mean_in_range", index)
        yield from _column(document, mean.table, mean.column, (*pointer, "column"), NUMBERS)
        yield from _bounds(mean.min, mean.max, pointer)
    for index, effect in enumerate(document.targets.composite_effect):
        yield from _composite(document, effect, ("targets", "composite_effect", index))


def _column(document: Document, table: str, name: str, pointer: Pointer, types: frozenset[str]) -> Iterator[Problem]:
    """Problems of a target's table and column; `pointer` is the column's."""
    yield from no_table(document, table, (*pointer[:-1], "table"))
    yield from no_column(document, table, name, pointer)
    node = document.node(table)
    column = node.column(name) if node is not None else None
    if column is not None and column.type not in types:
        yield Problem(pointer, f"{table}.{name} is {column.type}", accepted=sorted(types))


def _bounds(low: float | None, high: float | None, pointer: Pointer) -> Iterator[Problem]:
    if low is None and high is None:
        yield Problem(pointer, 'a target needs "min", "max" or both')
    elif low is not None and high is not None and low > high:
        yield Problem((*pointer, "min"), f"min {low:g} lies above max {high:g}")


def _composite(document: Document, effect: CompositeEffect, pointer: Pointer) -> Iterator[Problem]:
    yield from no_table(document, effect.table, (*pointer, "table"))
    for index, influence in enumerate(effect.influences):
        yield from _influence(document, influence, (*pointer, "influences", index))
    for key in ("mae", "mape"):
        tolerance = getattr(effect.tolerance, key)
        if tolerance is not None and tolerance < 0:
            yield Problem((*pointer, "tolerance", key), f"a tolerance of {tolerance:g}; it has to be 0 or more")


def _influence(document: Document, influence: Influence, pointer: Pointer) -> Iterator[Problem]:
    if influence.kind == "seasonality":
        if influence.dimension is None:
            yield Problem(pointer, 'an influence of kind seasonality needs "dimension"')
        else:
            yield from check_weights(influence.dimension, influence.weights, (*pointer, "weights"))
    elif influence.kind == "effect":
        if influence.table is None:
            yield Problem(pointer, 'an influence of kind effect needs "table"')
        else:
            yield from no_table(document, influence.table, (*pointer, "table"))
            for name in influence.on.values():
                yield from no_column(document, influence.table, name, (*pointer, "on"))
    if influence.rate is not None and not 0 <= influence.rate <= 1:
        yield Problem((*pointer, "rate"), f"a rate of {influence.rate:g}; it has to lie between 0 and 1")
