"""A row of an effect table acts on the rows whose columns agree and whose time lies in its window.

On a column it acts on the value; on a table it acts on how many rows a parent has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors.effects import EffectArgs, EffectIndex
from datagen_core.errors import Problem
from datagen_core.modifiers.base import NUMBERS, ModifierSpec, Place, Reads, time_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values


def _make(values: Values, params: EffectArgs, context: Context) -> Values:
    index = context.once(("effect", id(params)), lambda: EffectIndex(params, context.document, context.all_values))
    keys = [context.values(name) for name in params.on]
    time = context.time() if params.window is not None else None
    effect = index.at(keys, None if time is None else time.numbers, context.rows)
    if time is not None and time.valid is not None:
        effect = np.where(time.valid, effect, params.map.default)
    if params.map.op == "add":
        return values.map_numbers(lambda numbers: numbers + effect)
    return values.map_numbers(lambda numbers: numbers * effect)


def _reads(params: EffectArgs, place: Place) -> Reads:
    time = time_column(place) if params.window is not None and place.column is not None else None
    row = (*params.on, *((time,) if time is not None else ()))
    return Reads(row=row if place.column is not None else (), tables=effect_columns(params, place))


def effect_columns(params: EffectArgs, place: Place) -> tuple[tuple[str, str], ...]:
    """The columns of the effect table that are needed; a field that it lacks is not among them (a match counts 1)."""
    node = place.document.node(params.effect_table)
    names = [*params.on.values()]
    if params.window is not None:
        names += [params.window.start_col, params.window.end_col]
    if node is not None and node.column(params.map.field) is not None:
        names.append(params.map.field)
    return tuple((params.effect_table, name) for name in dict.fromkeys(names))


def _check(params: EffectArgs, place: Place) -> Iterator[Problem]:
    node = place.document.node(params.effect_table)
    if node is None:
        return  # a dangling reference is reported where references are followed
    for local in params.on:
        if place.node.column(local) is None:
            names = tuple(column.name for column in place.node.columns)
            yield Problem(
                ("on", local), f'{place.node.id} has no column "{local}"', received=local, accepted=names, on_key=True
            )
    field = node.column(params.map.field)
    if field is not None and field.type not in NUMBERS:
        yield Problem(("map", "field"), f"{params.effect_table}.{field.name} is {field.type}, not a number")
    if params.window is not None and place.column is not None and time_column(place) is None:
        yield Problem(("window",), f"{place.node.id} has no datetime column that could lie in the window")


SPEC = ModifierSpec(
    name="effect",
    params=EffectArgs,
    types=NUMBERS,
    make=_make,
    reads=_reads,
    check=_check,
    on_table=True,
    example={
        "effect_table": "promotion",
        "on": {"promotion_id": "promotion_id"},
        "window": {"start_col": "start_at", "end_col": "end_at"},
        "map": {"field": "discount_multiplier", "op": "mul", "default": 1.0},
    },
)
