"""Adoption times: an instant drawn from a curve of diffusion, truncated to the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from datagen_core.errors import Problem
from datagen_core.generators.base import TIMES, GeneratorSpec, Place
from datagen_core.generators.datetime_series import Window
from datagen_core.instants import check_window
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator


class DiffusionCurveParams(Part, frozen=True):
    within: Literal["timeframe"] | Window = "timeframe"
    curve_type: Literal["logistic", "exponential", "linear"] = "logistic"
    inflection_point: float = 0.5
    steepness: float = 10.0


def _check(params: DiffusionCurveParams, _place: Place) -> Iterator[Problem]:
    if isinstance(params.within, Window):
        yield from check_window(params.within.start, params.within.end, ("within",))
    if params.steepness <= 0:
        yield Problem(("steepness",), "the steepness has to be above 0")


SPEC = GeneratorSpec(
    name="diffusion_curve",
    params=DiffusionCurveParams,
    types=TIMES,
    make=None,
    check=_check,
    example={"within": "timeframe", "curve_type": "logistic", "inflection_point": 0.4, "steepness": 12},
)
