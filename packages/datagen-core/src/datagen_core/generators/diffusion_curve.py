"""Adoption times: an instant drawn from a curve of diffusion, truncated to the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from datagen_core.errors import Problem
from datagen_core.generators.base import TIMES, GeneratorSpec, Place
from datagen_core.generators.datetime_series import Window
from datagen_core.instants import check_window
from datagen_core.schema.model import Part
from datagen_core.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.context import Context


class DiffusionCurveParams(Part, frozen=True):
    within: Literal["timeframe"] | Window = "timeframe"
    curve_type: Literal["logistic", "exponential", "linear"] = "logistic"
    inflection_point: float = 0.5
    steepness: float = 10.0


def cumulated(params: DiffusionCurveParams, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curve's share reached at x, not yet truncated to [0, 1]."""
    if params.curve_type == "linear":
        return x
    if params.curve_type == "exponential":
        return -np.expm1(-params.steepness * x)
    return 1.0 / (1.0 + np.exp(-params.steepness * (x - params.inflection_point)))


def inverse(params: DiffusionCurveParams, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the curve reaches a share."""
    if params.curve_type == "linear":
        return share
    if params.curve_type == "exponential":
        return -np.log1p(-share) / params.steepness
    return params.inflection_point + np.log(share / (1.0 - share)) / params.steepness


def _make(params: DiffusionCurveParams, context: Context) -> Values:
    span = params.within.span if isinstance(params.within, Window) else context.timeframe
    until = context.until()
    first = np.full(context.rows, span.start, dtype=np.int64)
    last = np.full(context.rows, span.end if until is None else min(span.end, until), dtype=np.int64)
    floor, ceiling = context.floor(), context.ceiling()
    if floor is not None:
        np.maximum(first, floor, out=first)
    if ceiling is not None:
        np.minimum(last, ceiling, out=last)
    low = cumulated(params, (first - span.start) / span.length)
    high = cumulated(params, (last - span.start) / span.length)
    x = inverse(params, low + context.rng().random(context.rows) * (high - low))
    times = span.start + np.floor(np.nan_to_num(x) * span.length).astype(np.int64)
    return Values(np.clip(times, first, np.maximum(last, first)))


def _check(params: DiffusionCurveParams, _place: Place) -> Iterator[Problem]:
    if isinstance(params.within, Window):
        yield from check_window(params.within.start, params.within.end, ("within",))
    if params.steepness <= 0:
        yield Problem(("steepness",), "the steepness has to be above 0")


SPEC = GeneratorSpec(
    name="diffusion_curve",
    params=DiffusionCurveParams,
    types=TIMES,
    make=_make,
    check=_check,
    example={"within": "timeframe", "curve_type": "logistic", "inflection_point": 0.4, "steepness": 12},
)
