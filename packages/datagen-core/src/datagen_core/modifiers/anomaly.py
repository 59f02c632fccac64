"""Days on which values were far higher or lower than usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.errors import Problem
from datagen_core.instants import DAY, parse_instant
from datagen_core.modifiers.base import NUMBERS, ModifierSpec, Place, Reads, time_column
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values


class AnomalyArgs(Part, frozen=True):
    spike_dates: tuple[str, ...] = ()
    spike_multiplier: float = 2.0
    drop_dates: tuple[str, ...] = ()
    drop_multiplier: float = 0.5


def _make(values: Values, params: AnomalyArgs, context: Context) -> Values:
    times = context.time()
    days = times.numbers // DAY
    factor = np.ones(context.rows)
    for dates, multiplier in (
        (params.spike_dates, params.spike_multiplier),
        (params.drop_dates, params.drop_multiplier),
    ):
        if dates:
            chosen = np.array([parse_instant(text) for text in dates], dtype=np.int64) // DAY
            factor[np.isin(days, chosen)] *= multiplier
    return values.map_numbers(lambda numbers: numbers * factor, also=times.valid)


def _reads(_params: AnomalyArgs, place: Place) -> Reads:
    name = time_column(place)
    return Reads(row=(name,)) if name is not None else Reads()


def _check(params: AnomalyArgs, place: Place) -> Iterator[Problem]:
    if not params.spike_dates and not params.drop_dates:
        yield Problem((), 'anomaly needs "spike_dates" or "drop_dates"')
    for name in ("spike_dates", "drop_dates"):
        for index, text in enumerate(getattr(params, name)):
            if parse_instant(text) is None:
                yield Problem((name, index), f'"{text}" is not an ISO 8601 date')
    for name in ("spike_multiplier", "drop_multiplier"):
        if getattr(params, name) < 0:
            yield Problem((name,), "a multiplier has to be 0 or more")
    if time_column(place) is None:
        yield Problem((), f"{place.node.id} has no datetime column on whose days values could differ")


SPEC = ModifierSpec(
    name="anomaly",
    params=AnomalyArgs,
    types=NUMBERS,
    make=_make,
    reads=_reads,
    check=_check,
    example={"spike_dates": ["2024-11-29"], "spike_multiplier": 3.0},
)
