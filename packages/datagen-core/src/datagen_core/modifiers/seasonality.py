"""A cycle by hour of day, day of week or month.

On a number, v × the weight of the row's time. On a datetime column a further pattern: how often an instant occurs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.errors import Problem
from datagen_core.instants import Dimension, check_weights
from datagen_core.modifiers.base import NUMBERS, TIMES, ModifierSpec, Place, Reads, time_column
from datagen_core.schema.model import Part
from datagen_core.timegrid import cycle_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values

SHAPED = ("datetime_series",)  # the generators that draw from a weighted grid


class SeasonalityArgs(Part, frozen=True):
    dimension: Dimension
    weights: tuple[float, ...]
    time_reference: str | None = None


def _make(values: Values, params: SeasonalityArgs, context: Context) -> Values:
    times = context.time(params.time_reference)
    weights = np.asarray(params.weights)[cycle_index(times.numbers, params.dimension)]
    return values.map_numbers(lambda numbers: numbers * weights, also=times.valid)


def _reads(params: SeasonalityArgs, place: Place) -> Reads:
    if place.column is not None and place.column.type in TIMES:
        return Reads()
    name = time_column(place, params.time_reference)
    return Reads(row=(name,)) if name is not None else Reads()


def _check(params: SeasonalityArgs, place: Place) -> Iterator[Problem]:
    yield from check_weights(params.dimension, params.weights, ("weights",))
    if place.column is None:
        return
    if place.column.type in TIMES:
        if place.column.generator.name not in SHAPED:
            yield Problem((), f"seasonality on a time column needs {SHAPED[0]}, not {place.column.generator.name}")
    elif time_column(place, params.time_reference) is None:
        yield Problem((), f"{place.node.id} has no datetime column for the season", hint='name one as "time_reference"')


SPEC = ModifierSpec(
    name="seasonality",
    params=SeasonalityArgs,
    types=NUMBERS | TIMES,
    make=_make,
    reads=_reads,
    check=_check,
    shapes_time=True,
    example={"dimension": "dow", "weights": [1, 1, 1, 1, 1.2, 1.3, 0.9]},
)
