"""Normal noise on a time, reflected at the bounds of its window, so that nothing piles up there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.errors import Problem
from datagen_core.modifiers.base import ModifierSpec, Place
from datagen_core.schema.model import Part
from datagen_core.timegrid import reflect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values

MINUTE = 60_000_000.0


class TimeJitterArgs(Part, frozen=True):
    std_minutes: float


def _make(values: Values, params: TimeJitterArgs, context: Context) -> Values:
    # float32: 24 bits of a deviation in minutes are finer than anybody's clock
    noise = context.rng().standard_normal(context.rows, dtype=np.float32)
    noise *= np.float32(params.std_minutes * MINUTE)
    low, high = context.time_bounds()
    return values.map_times(lambda times: reflect(times + noise.astype(np.int64), low, high))


def _check(params: TimeJitterArgs, _place: Place) -> Iterator[Problem]:
    if params.std_minutes < 0:
        yield Problem(("std_minutes",), "a standard deviation has to be 0 or more")


SPEC = ModifierSpec(
    name="time_jitter",
    params=TimeJitterArgs,
    types=frozenset({"datetime"}),
    make=_make,
    check=_check,
    example={"std_minutes": 20},
)
