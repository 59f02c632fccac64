"""Chains of touchpoints before a conversion: how long before it, in which order, and what each is credited with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.instants import DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from datagen_core.schema.model import AttributionChain

FIRST_AND_LAST = 0.4
"""What the first and the last touch have each by ``position_based``; the touches between share the rest."""


def window(chain: AttributionChain) -> float:
    """Microseconds before the conversion in which touches lie."""
    return chain.time_window_days * DAY


def before(chain: AttributionChain, uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """Microseconds before the conversion: exponential with a third of the window for a mean, truncated to the window."""
    longest = window(chain)
    mean = longest / 3
    drawn = -mean * np.log1p(uniform * np.expm1(-longest / mean))
    made: NDArray[np.int64] = np.clip(np.ceil(drawn), 1.0, max(np.floor(longest), 1.0)).astype(np.int64)
    return made


def in_order(distance: NDArray[np.int64], touches: NDArray[np.int64]) -> NDArray[np.int64]:
    """The distances of each conversion from the largest on: the earliest touch first."""
    whose = np.repeat(np.arange(len(touches)), touches)
    width = int(distance.max(initial=0)) + 1
    if len(touches) * width >= 1 << 62:
        return distance[np.lexsort((-distance, whose))]
    key = whose * width + (width - 1 - distance)  # sorting one number is many times as fast as sorting by two
    key.sort()
    made: NDArray[np.int64] = width - 1 - key % width
    return made


def weights(chain: AttributionChain, distance: NDArray[np.int64], touches: NDArray[np.int64]) -> NDArray[np.float64]:
    """The weight of each touch, which sum to 1 for each conversion.

    Parameters
    ----------
    distance
        Microseconds before the conversion, conversion by conversion and in time order.
    touches
        How many touches each conversion has; none has 0.
    """
    if not len(touches):
        return np.zeros(0)
    ends = np.cumsum(touches)
    raw = _raw(chain, distance, np.repeat(touches, touches), positions(touches))
    total = np.add.reduceat(raw, ends - touches)
    made: NDArray[np.float64] = raw / np.repeat(total, touches)
    return made


def positions(touches: NDArray[np.int64]) -> NDArray[np.int64]:
    """1, 2, … within each conversion."""
    ends = np.cumsum(touches)
    made: NDArray[np.int64] = np.arange(1, int(touches.sum()) + 1) - np.repeat(ends - touches, touches)
    return made


def _raw(
    chain: AttributionChain, distance: NDArray[np.int64], count: NDArray[np.int64], position: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Weights up to a factor of each conversion."""
    model = chain.attribution_model
    if model == "linear":
        return np.ones(len(position))
    if model in {"first_touch", "last_touch"}:
        only: NDArray[np.float64] = (position == (1 if model == "first_touch" else count)).astype(np.float64)
        return only
    if model == "time_decay":
        half_life = chain.time_decay_halflife_days or chain.time_window_days / 2
        # from the nearest touch on, so that none of them is too small for a float however short the half-life is
        nearest = np.repeat(distance[position == count], count[position == count])
        decayed: NDArray[np.float64] = np.exp2(-(distance - nearest) / (half_life * DAY))
        return decayed
    edge = (position == 1) | (position == count)
    between = (1.0 - 2 * FIRST_AND_LAST) / np.maximum(count - 2, 1)
    shared: NDArray[np.float64] = np.where(edge, np.where(count > 2, FIRST_AND_LAST, 1.0), between)
    return shared
