"""A random point of a grid of instants, each point weighted by its patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from datagen_core.errors import InputError, Problem
from datagen_core.generators.base import TIMES, GeneratorSpec, Place
from datagen_core.instants import (
    FREQ_WORDS,
    Dimension,
    Freq,
    Span,
    check_weights,
    check_window,
    parse_freq,
    parse_instant,
)
from datagen_core.schema.model import Part
from datagen_core.timegrid import Grid, Sampler, cycle
from datagen_core.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from datagen_core.context import Context


class Window(Part, frozen=True):
    start: str
    end: str

    @property
    def span(self) -> Span:
        """The window as instants; its texts have been checked."""
        return Span(parse_instant(self.start) or 0, parse_instant(self.end, end=True) or 0)


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


def grid_of(params: DatetimeSeriesParams, timeframe: Span, freq: str) -> Grid:
    """The grid that the values are points of.

    Parameters
    ----------
    freq
        The document's frequency, for series that name none.
    """
    span = params.within.span if isinstance(params.within, Window) else timeframe
    return Grid(span, parse_freq(params.freq or freq) or Freq(micros=1))


def sampler(params: DatetimeSeriesParams, context: Context) -> Sampler:
    """What draws the column's instants; the same for all blocks."""

    def make() -> Sampler:
        grid = grid_of(params, context.timeframe, context.document.timeframe.freq)
        patterns = [cycle(pattern.dimension, pattern.weights) for pattern in params.all_patterns]
        made = Sampler(grid, [*patterns, *context.shaping()], context.until())
        if not made.mass > 0:
            raise InputError(f"{context.node.id}.{context.column.name}: no instant of the grid has any weight")
        return made

    return context.once("sampler", make)


def _make(params: DatetimeSeriesParams, context: Context) -> Values:
    drawn = sampler(params, context)
    place = context.place(drawn.size)
    if place is not None:
        return Values(drawn.grid.at(place))
    siblings = context.siblings()
    times = _drawn(drawn, context)
    return Values(times if siblings is None else siblings.apart(times, _redraw(drawn, context)))


def _drawn(drawn: Sampler, context: Context) -> NDArray[np.int64]:
    ageing = context.ageing()
    if ageing is not None:
        return ageing.draw(context.rng(), drawn)
    return drawn.draw(context.rng(), context.rows, context.floor(), context.ceiling())


def _redraw(drawn: Sampler, context: Context) -> Callable[[NDArray[np.int64], int], NDArray[np.int64]]:
    """Draws some rows again, each inside its own bounds."""
    floor, ceiling = context.floor(), context.ceiling()

    def redraw(rows: NDArray[np.int64], number: int) -> NDArray[np.int64]:
        limits = (None if limit is None else limit[rows] for limit in (floor, ceiling))
        return drawn.draw(context.rng(f"again{number}"), len(rows), *limits)

    return redraw


def _check(params: DatetimeSeriesParams, place: Place) -> Iterator[Problem]:
    if isinstance(params.within, Window):
        yield from check_window(params.within.start, params.within.end, ("within",))
    if params.freq is not None and parse_freq(params.freq) is None:
        yield Problem(("freq",), f'unknown freq "{params.freq}"', received=params.freq, accepted=FREQ_WORDS)
    if params.pattern is not None:
        yield from check_weights(params.pattern.dimension, params.pattern.weights, ("pattern", "weights"))
    for index, pattern in enumerate(params.patterns):
        yield from check_weights(pattern.dimension, pattern.weights, ("patterns", index, "weights"))


def _distinct(params: DatetimeSeriesParams, place: Place) -> int | None:
    """The points of the grid; a unique time is a point of its own, so that patterns could not be kept."""
    frame = place.document.timeframe
    span = Span(parse_instant(frame.start) or 0, parse_instant(frame.end, end=True) or 0)
    shaped = params.all_patterns or (place.column is not None and place.column.modifiers)
    return None if shaped else grid_of(params, span, frame.freq).size


SPEC = GeneratorSpec(
    name="datetime_series",
    params=DatetimeSeriesParams,
    types=TIMES,
    make=_make,
    check=_check,
    distinct=_distinct,
    example={"within": "timeframe", "freq": "H", "pattern": {"dimension": "dow", "weights": [1, 1, 1, 1, 1, 0.5, 0.5]}},
)
