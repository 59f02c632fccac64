"""start, start + step, … over the whole table: a function of the row's number, so it needs no memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.errors import Problem
from datagen_core.generators.base import NUMBERS, GeneratorSpec, Place
from datagen_core.schema.model import Part
from datagen_core.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values


class SequenceParams(Part, frozen=True):
    start: int | float = 1
    step: int | float = 1


def value_at(params: SequenceParams, row: int) -> int | float:
    """The value of a row, by its 0-based number in the table."""
    return params.start + row * params.step


def _make(params: SequenceParams, context: Context) -> Values:
    whole = isinstance(params.start, int) and isinstance(params.step, int)
    rows = np.arange(context.first, context.first + context.rows, dtype=np.int64)
    if whole and params.step == 1:
        rows += np.int64(params.start)
        return Values(rows)
    return Values(rows * params.step + params.start)


def _check(params: SequenceParams, place: Place) -> Iterator[Problem]:
    for name in ("start", "step"):
        value = getattr(params, name)
        if isinstance(value, float) and not value.is_integer() and place.column and place.column.type == "int":
            yield Problem((name,), f"{value} is not a whole number, and the column is an int")


def _distinct(params: SequenceParams, _place: Place) -> int:
    return -1 if params.step != 0 else 1


SPEC = GeneratorSpec(
    name="sequence",
    params=SequenceParams,
    types=NUMBERS,
    make=_make,
    check=_check,
    distinct=_distinct,
    example={"start": 1, "step": 1},
)
