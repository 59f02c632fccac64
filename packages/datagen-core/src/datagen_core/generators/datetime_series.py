"""A random point of a grid of instants, each point weighted by its patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from datagen_core.errors import Problem
from datagen_core.generators.base import TIMES, GeneratorSpec, Place
from datagen_core.instants import FREQ_WORDS, PATTERN_LENGTHS, Dimension, check_weights, check_window, parse_freq
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator


class Window(Part, frozen=True):
    start: str
    end: str


class TimePattern(Part, frozen=True):
    dimension: Dimension
    weights: tuple[float, ...]


class DatetimeSeriesParams(Part, frozen=True):
    within: Literal["timeframe"] | Window = "timeframe"
    freq: str | None = None
    pattern: TimePattern | None = None
    patterns: tuple[TimePattern, ...] = ()

    @property
    def all_patterns(self) -> tuple[TimePattern, ...]:
        """`pattern` and `patterns` together."""
        return (self.pattern, *self.patterns) if self.pattern is not None else self.patterns


def _check(params: DatetimeSeriesParams, _place: Place) -> Iterator[Problem]:
    if isinstance(params.within, Window):
        yield from check_window(params.within.start, params.within.end, ("within",))
    if params.freq is not None and parse_freq(params.freq) is None:
        yield Problem(
            ("freq",),
            f'unknown freq "{params.freq}"',
            received=params.freq,
            accepted=FREQ_WORDS,
        )
    if params.pattern is not None:
        yield from check_weights(params.pattern.dimension, params.pattern.weights, ("pattern", "weights"))
    for index, pattern in enumerate(params.patterns):
        yield from check_weights(pattern.dimension, pattern.weights, ("patterns", index, "weights"))


SPEC = GeneratorSpec(
    name="datetime_series",
    params=DatetimeSeriesParams,
    types=TIMES,
    make=None,
    check=_check,
    example={"within": "timeframe", "freq": "H", "pattern": {"dimension": "dow", "weights": [1, 1, 1, 1, 1, 0.5, 0.5]}},
)

__all__ = ["PATTERN_LENGTHS", "SPEC", "DatetimeSeriesParams", "TimePattern", "Window"]
