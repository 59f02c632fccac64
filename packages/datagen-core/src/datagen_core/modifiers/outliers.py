"""Rare values far from the rest: single spikes or drops, or bursts over neighbouring times.

On a datetime column, mode `drop` empties a share of the grid's periods: their rows lie in other periods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from datagen_core import distributions
from datagen_core.distributions import DistributionParams, Numbers
from datagen_core.errors import Problem
from datagen_core.modifiers.base import NUMBERS, TIMES, ModifierSpec, Place, Reads, time_column
from datagen_core.modifiers.seasonality import SHAPED
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_MAGNITUDE = DistributionParams(kind="lognormal", params=Numbers(mean=0.0, sigma=0.5), clamp=(1.5, 10.0))


class OutliersArgs(Part, frozen=True):
    rate: float
    mode: Literal["spike", "drop", "burst"] = "spike"
    magnitude_dist: DistributionParams = DEFAULT_MAGNITUDE


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
    make=None,
    reads=_reads,
    check=_check,
    aliases=distributions.aliases("magnitude_dist."),
    shapes_time=True,
    example={"rate": 0.02, "mode": "spike"},
)
