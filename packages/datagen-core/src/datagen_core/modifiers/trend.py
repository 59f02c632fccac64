"""Growth over the timeframe: v × a function of the years since its start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from datagen_core.errors import Problem
from datagen_core.instants import DAY
from datagen_core.modifiers.base import NUMBERS, ModifierSpec, Place, Reads, time_column
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values

YEAR = 365.25 * DAY  # the mean Julian year, in microseconds


class TrendNumbers(Part, frozen=True):
    growth_rate: float | None = None
    a: float | None = None
    b: float | None = None


class TrendArgs(Part, frozen=True):
    type: Literal["exponential", "linear", "logarithmic"]
    growth_rate: float | None = None
    params: TrendNumbers = TrendNumbers()
    time_reference: str | None = None

    @property
    def rate(self) -> float | None:
        """The growth rate, wherever it stands."""
        return self.growth_rate if self.growth_rate is not None else self.params.growth_rate


def _make(values: Values, params: TrendArgs, context: Context) -> Values:
    times = context.time(params.time_reference)
    years = (times.numbers - context.timeframe.start) / YEAR
    rate = params.rate or 0.0
    if params.type == "exponential":
        factor = np.power(1.0 + rate, years)
    elif params.type == "linear":
        factor = 1.0 + rate * years
    else:
        a = 0.1 if params.params.a is None else params.params.a
        b = 1.0 if params.params.b is None else params.params.b
        factor = 1.0 + a * np.log1p(b * np.maximum(years, 0.0))
    return values.map_numbers(lambda numbers: numbers * factor, also=times.valid)


def _reads(params: TrendArgs, place: Place) -> Reads:
    name = time_column(place, params.time_reference)
    return Reads(row=(name,)) if name is not None else Reads()


def _check(params: TrendArgs, place: Place) -> Iterator[Problem]:
    if time_column(place, params.time_reference) is None:
        yield Problem((), f"{place.node.id} has no datetime column for the trend", hint='name one as "time_reference"')
    if params.type == "logarithmic":
        if params.params.b is not None and params.params.b < 0:
            yield Problem(("params", "b"), "b has to be 0 or more")
    elif params.rate is None:
        yield Problem((), f'a trend of type {params.type} needs "growth_rate"')
    elif params.type == "exponential" and params.rate <= -1:
        yield Problem(("growth_rate",), f"a growth rate of {params.rate:g} leaves nothing; it has to be above -1")


SPEC = ModifierSpec(
    name="trend",
    params=TrendArgs,
    types=NUMBERS,
    make=_make,
    reads=_reads,
    check=_check,
    example={"type": "exponential", "growth_rate": 0.08},
)
