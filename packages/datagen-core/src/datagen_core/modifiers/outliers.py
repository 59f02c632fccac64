"""Rare values far from the rest: single spikes or drops, or bursts over neighbouring times.

On a datetime column, mode `drop` empties a share of the grid's periods: their rows lie in other periods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from datagen_core import distributions
from datagen_core.distributions import DistributionParams, Numbers
from datagen_core.errors import Problem
from datagen_core.modifiers.base import NUMBERS, TIMES, ModifierSpec, Place, Reads, time_column
from datagen_core.modifiers.seasonality import SHAPED
from datagen_core.sampling import draw
from datagen_core.schema.model import Part
from datagen_core.timegrid import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.context import Context
    from datagen_core.instants import Span
    from datagen_core.values import Values

RUNS = 365  # of a burst: as many as a year has days, whatever the timeframe's length
MOST_PERIODS = 1 << 16
DEFAULT_MAGNITUDE = DistributionParams(kind="lognormal", params=Numbers(mean=0.0, sigma=0.5), clamp=(1.5, 10.0))


class OutliersArgs(Part, frozen=True):
    rate: float
    mode: Literal["spike", "drop", "burst"] = "spike"
    magnitude_dist: DistributionParams = DEFAULT_MAGNITUDE


def _make(values: Values, params: OutliersArgs, context: Context) -> Values:
    hit, magnitude = _bursts(params, context) if params.mode == "burst" else _singles(params, context)
    factor = np.where(hit, magnitude if params.mode != "drop" else 1.0 / magnitude, 1.0)
    return values.map_numbers(lambda numbers: numbers * factor)


def _singles(params: OutliersArgs, context: Context) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which rows are far out, and how far: for each row on its own."""
    hit = context.rng("hit").random(context.rows) < params.rate
    magnitude = np.ones(context.rows)
    magnitude[hit] = _magnitudes(params, int(hit.sum()), context)
    return hit, magnitude


def _magnitudes(params: OutliersArgs, rows: int, context: Context) -> NDArray[np.float64]:
    return draw(params.magnitude_dist, rows, lambda purpose: context.rng(f"magnitude{purpose}"), context.once)


def _bursts(params: OutliersArgs, context: Context) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """A burst is a run of neighbouring times: all rows in it share its magnitude."""
    burst, magnitude = context.once(("bursts", id(params)), lambda: _calendar(params, context))
    time = context.time()
    run = ((time.numbers - context.timeframe.start) * RUNS // context.timeframe.length).clip(0, RUNS - 1)
    hit = burst[run]
    return (hit if time.valid is None else hit & time.valid), magnitude[run]


def _calendar(params: OutliersArgs, context: Context) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """For each run of the timeframe whether it bursts, and how far: a share `rate` of the runs, in random places."""
    order = context.table_rng("runs").permutation(RUNS)
    burst = np.zeros(RUNS, dtype=bool)
    burst[order[: round(params.rate * RUNS)]] = True
    streams: dict[str, np.random.Generator] = {}

    def stream(purpose: str) -> np.random.Generator:
        return streams.setdefault(purpose, context.table_rng(f"magnitude{purpose}"))

    return burst, draw(params.magnitude_dist, RUNS, stream, context.once)


def emptied(params: OutliersArgs, span: Span, step: int, rng: np.random.Generator) -> Pattern:
    """The pattern that a datetime column's `drop` is: weight 0 in a random share `rate` of the periods.

    Parameters
    ----------
    span, step
        The grid's window, and the length of its periods in microseconds.
    """
    step = max(step, -(-span.length // MOST_PERIODS))
    periods = -(-span.length // step)
    weights = np.ones(periods)
    weights[rng.permutation(periods)[: min(round(params.rate * periods), periods - 1)]] = 0.0

    def weight(times: NDArray[np.int64]) -> NDArray[np.float64]:
        made: NDArray[np.float64] = weights[((times - span.start) // step).clip(0, periods - 1)]
        return made

    return Pattern(weight, lambda other: np.arange(span.start, other.end + 1, step, dtype=np.int64))


def _reads(params: OutliersArgs, place: Place) -> Reads:
    if params.mode != "burst" or place.column is None or place.column.type in TIMES:
        return Reads()
    name = time_column(place)
    return Reads(row=(name,)) if name is not None else Reads()


def _check(params: OutliersArgs, place: Place) -> Iterator[Problem]:
    if not 0 <= params.rate <= 1:
        yield Problem(("rate",), f"a rate of {params.rate:g}; it has to lie between 0 and 1")
    for problem in distributions.check(params.magnitude_dist, bounds_required=False):
        yield Problem(
            ("magnitude_dist", *problem.pointer), problem.message, received=problem.received, accepted=problem.accepted
        )
    if place.column is None:
        return
    if place.column.type in TIMES:
        yield from _check_time(params, place)
    elif params.mode == "burst" and time_column(place) is None:
        yield Problem(("mode",), f"{place.node.id} has no datetime column along which values could burst")


def _check_time(params: OutliersArgs, place: Place) -> Iterator[Problem]:
    if params.mode != "drop":
        yield Problem(
            ("mode",), "on a time column outliers take the mode drop alone", received=params.mode, accepted=("drop",)
        )
    if place.node.kind != "fact":
        yield Problem((), "outliers on a time column thin the periods of a fact, and this is no fact")
    if params.rate >= 1:
        yield Problem(("rate",), "a rate of 1 leaves no period")
    if place.column is not None and place.column.generator.name not in SHAPED:
        yield Problem((), f"outliers on a time column need {SHAPED[0]}, not {place.column.generator.name}")


SPEC = ModifierSpec(
    name="outliers",
    params=OutliersArgs,
    types=NUMBERS | TIMES,
    make=_make,
    reads=_reads,
    check=_check,
    aliases=distributions.aliases("magnitude_dist."),
    shapes_time=True,
    example={"rate": 0.02, "mode": "spike"},
)
