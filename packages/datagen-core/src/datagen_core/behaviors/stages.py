"""A funnel: how far each parent comes, and when it reaches each stage.

A parent reaches stage k from k - 1 with probability min(1, rate of k × its segment's multiplier). The waits between stages
are exponential. Where the window's end comes first they are drawn from what is left of it, so that no stage lies behind the
end and the shares do not depend on how late a parent comes to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.instants import HOUR

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from datagen_core.schema.model import StageConfig

    Streams = Callable[[str], np.random.Generator]

LONGEST = 1 << 61
"""Microseconds that no wait exceeds."""


def chances(config: StageConfig, stage: int, multiplier: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability with which each parent goes on to a stage from the one before."""
    return np.minimum(config.stages[stage].transition_rate * multiplier, 1.0)


def reached(config: StageConfig, multiplier: NDArray[np.float64], streams: Streams) -> NDArray[np.int64]:
    """How many stages each parent reaches, 1 at least.

    Parameters
    ----------
    multiplier
        What each parent's rates are multiplied by.
    streams
        The stream of a purpose; every stage has its own.
    """
    count = np.ones(len(multiplier), dtype=np.int64)
    there = np.ones(len(multiplier), dtype=bool)
    for stage in range(1, len(config.stages)):
        there &= streams(f"stage{stage}").random(len(multiplier)) < chances(config, stage, multiplier)
        count += there
    return count


def times(
    config: StageConfig, start: NDArray[np.int64], count: NDArray[np.int64], end: int, streams: Streams
) -> NDArray[np.int64]:
    """When each parent reaches each of its stages: one after the other, microseconds.

    Parameters
    ----------
    start, count
        When each parent enters the first stage, and how many it reaches.
    end
        The last instant of the window; exceeded only by parents that come after it, and where not even a microsecond per
        stage is left.
    """
    made = np.empty((len(start), len(config.stages)), dtype=np.int64)
    made[:, 0] = start
    for stage in range(1, len(config.stages)):
        left = end - made[:, stage - 1] - np.maximum(count - 1 - stage, 0)
        room = np.where(start > end, LONGEST, np.maximum(left, 1))
        uniform = streams(f"wait{stage}").random(len(start))
        made[:, stage] = made[:, stage - 1] + waits(uniform, config.time_between_stages_hours * HOUR, room)
    there = np.arange(len(config.stages)) < count[:, None]
    flat: NDArray[np.int64] = made[there]
    return flat


def waits(uniform: NDArray[np.float64], mean: float, room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Exponential waits, in microseconds: 1 at least, and each truncated to its room."""
    drawn = np.ceil(-mean * np.log1p(uniform * np.expm1(-room.astype(np.float64) / mean)))
    return np.clip(drawn, 1.0, float(LONGEST)).astype(np.int64).clip(max=room)
