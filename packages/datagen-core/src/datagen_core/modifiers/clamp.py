"""Values below `min` or above `max` become the bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.errors import Problem
from datagen_core.modifiers.base import NUMBERS, ModifierSpec, Place
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values


class ClampArgs(Part, frozen=True):
    min: float | None = None
    max: float | None = None


def _make(values: Values, params: ClampArgs, _context: Context) -> Values:
    low = -np.inf if params.min is None else params.min
    high = np.inf if params.max is None else params.max
    return values.map_numbers(lambda numbers: np.clip(numbers, low, high))


def _check(params: ClampArgs, _place: Place) -> Iterator[Problem]:
    if params.min is None and params.max is None:
        yield Problem((), 'clamp needs "min", "max" or both')
    elif params.min is not None and params.max is not None and params.min > params.max:
        yield Problem(("min",), f"min {params.min:g} lies above max {params.max:g}")


SPEC = ModifierSpec(
    name="clamp", params=ClampArgs, types=NUMBERS, make=_make, check=_check, example={"min": 0, "max": 100}
)
