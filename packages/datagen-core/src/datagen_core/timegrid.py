"""Grids of instants, and how to draw from one by weight.

A grid's points are numbered 0…N−1. Its weights are constant over cells (an hour, a day, a month, one point), so the
cumulative weight is piecewise linear in the point's number and the inverse needs one look at a guide table (Chen & Asau
1974), whatever the grid's length: a grid of seconds over years has no more cells than hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core.instants import DAY, HOUR, Freq, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


Times = Any  # NDArray[np.int64]
_MONDAY = 3  # 1970-01-01 was a Thursday
_GUIDES_PER_CELL = 4
_MOST_TABULATED = 1 << 16


def cycle_index(times: NDArray[np.int64], dimension: str) -> NDArray[np.int64]:
    """Where in its cycle each instant lies: hour of day, day of week (Monday is 0), month (January is 0)."""
    if dimension == "hour":
        return (times // HOUR) % 24
    if dimension == "dow":
        return (times // DAY + _MONDAY) % 7
    months = times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return months % 12


def month_starts(span: Span, step: int = 1) -> NDArray[np.int64]:
    """The first instants of every `step`-th calendar month (counted from a January) in the span."""
    first, last = (
        np.int64(moment).astype("datetime64[us]").astype("datetime64[M]") for moment in (span.start, span.end)
    )
    months = np.arange(first, last + 1)
    months = months[months.astype(np.int64) % step == 0]
    starts = months.astype("datetime64[us]").astype(np.int64)
    made: NDArray[np.int64] = starts[(starts >= span.start) & (starts <= span.end)]
    return made


def reflect(times: NDArray[np.int64], low: Any, high: Any) -> NDArray[np.int64]:
    """Times outside [low, high] folded back at the bounds, as often as it takes; `low` and `high` for all or for each."""
    outside = np.flatnonzero((times < low) | (times > high))
    if not len(outside):
        return times
    low, high = (bound[outside] if isinstance(bound, np.ndarray) else bound for bound in (low, high))
    span = np.maximum(high - low, 1)
    offset = np.remainder(times[outside] - low, 2 * span)
    folded = low + np.where(offset > span, 2 * span - offset, offset)
    made = times.copy()
    made[outside] = np.minimum(folded, high)
    return made


@dataclass(frozen=True, eq=False)
class Pattern:
    """A weight for every instant, constant between edges.

    Parameters
    ----------
    weight
        Instants → weights, 0 or more.
    edges
        Span → the instants in it at which the weight may change.
    """

    weight: Callable[[NDArray[np.int64]], NDArray[np.float64]]
    edges: Callable[[Span], NDArray[np.int64]]


def cycle(dimension: str, weights: Sequence[float]) -> Pattern:
    """The pattern of a cycle: hour of day, day of week or month."""
    table = np.asarray(weights, dtype=np.float64)

    def edges(span: Span) -> NDArray[np.int64]:
        if dimension == "month":
            return month_starts(span)
        unit = HOUR if dimension == "hour" else DAY
        return np.arange(-(-span.start // unit) * unit, span.end + 1, unit, dtype=np.int64)

    return Pattern(lambda times: table[cycle_index(times, dimension)], edges)


@dataclass(frozen=True)
class Grid:
    """The instants of a frequency in a span.

    A fixed frequency is anchored at the span's start; months, quarters and years are the first instants of the
    calendar's.
    """

    span: Span
    freq: Freq

    @cached_property
    def points(self) -> NDArray[np.int64] | None:
        """All instants, where the calendar sets them; None where arithmetic does."""
        return month_starts(self.span, self.freq.months) if self.freq.months else None

    @cached_property
    def size(self) -> int:
        """How many points there are."""
        if self.points is not None:
            return len(self.points)
        return (self.span.end - self.span.start) // self.freq.micros + 1

    def at(self, index: NDArray[np.int64]) -> NDArray[np.int64]:
        """The instants of points."""
        if self.points is not None:
            return self.points[index]
        times = index * np.int64(self.freq.micros)
        times += np.int64(self.span.start)
        return times

    def first_from(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of the first point not before each instant; `size` where there is none."""
        if self.points is not None:
            return np.searchsorted(self.points, times, side="left")
        index = -((self.span.start - times) // self.freq.micros)
        return np.clip(index, 0, self.size)


class Sampler:
    """Draws points of a grid, each weighted by the product of its patterns.

    Parameters
    ----------
    grid, patterns
        Where from, and how often.
    until
        Points after this instant are never drawn.
    """

    def __init__(self, grid: Grid, patterns: Sequence[Pattern] = (), until: int | None = None) -> None:
        self.grid = grid
        size = grid.size if until is None else int(grid.first_from(np.array([until + 1]))[0])
        self._starts = _cells(grid, patterns, size)
        self._counts = np.diff(np.append(self._starts, size)).astype(np.float64)
        weights = np.ones(len(self._starts))
        if size:
            instants = grid.at(self._starts)
            for pattern in patterns:
                weights = weights * pattern.weight(instants)
        self._scale = float(weights.max()) if size else 0.0
        self._weights = weights / self._scale if self._scale > 0 else weights
        self._cumulated = np.concatenate([[0.0], np.cumsum(self._weights * self._counts)])
        self.size = size
        self._single = bool(size) and len(self._starts) == size

    @property
    def mass(self) -> float:
        """The weight of all points together, in units of the heaviest point."""
        return float(self._cumulated[-1])

    @property
    def mean_weight(self) -> float:
        """The mean of the patterns' product over the grid's points."""
        return self.mass * self._scale / self.size if self.size else 0.0

    @cached_property
    def _guide(self) -> tuple[NDArray[np.int32], float]:
        buckets = 1 << max(10, (len(self._starts) * _GUIDES_PER_CELL - 1).bit_length())
        edges = np.linspace(0.0, self.mass, buckets + 1)[:-1]
        first = np.searchsorted(self._cumulated, edges, side="right") - 1
        return first.clip(0, len(self._starts) - 1).astype(np.int32), buckets / self.mass

    def below(self, index: NDArray[np.int64]) -> NDArray[np.float64]:
        """The weight of all points before each point, by the points' numbers (0…size)."""
        index = np.minimum(index, self.size)
        if self._single:
            return self._cumulated[index]
        return self._below(index) if self._befores is None else self._befores[index]

    @cached_property
    def _befores(self) -> NDArray[np.float64] | None:
        """The weight before each point of a grid that is small enough to stay in the cache; None for others."""
        return self._below(np.arange(self.size + 1)) if self.size < _MOST_TABULATED else None

    def _below(self, index: NDArray[np.int64]) -> NDArray[np.float64]:
        cell = np.searchsorted(self._starts, index, side="right") - 1
        cell = cell.clip(min=0)
        return self._cumulated[cell] + (index - self._starts[cell]) * self._weights[cell]

    def weight_before(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        """The weight of all points that lie before each instant."""
        return self.below(self.grid.first_from(times))

    def index_at(self, weight: NDArray[np.float64]) -> NDArray[np.int64]:
        """The number of the point at each cumulated weight, in [0, mass)."""
        cell = self._cell_at(weight)
        if self._single:
            return cell
        inside = (weight - self._cumulated[cell]) / self._weights[cell]
        inside = np.minimum(inside, self._counts[cell] - 1.0)
        made: NDArray[np.int64] = self._starts[cell] + inside.astype(np.int64)
        return made

    def _cell_at(self, weight: NDArray[np.float64]) -> NDArray[np.int64]:
        guide, density = self._guide
        bucket = (weight * density).astype(np.int64)
        np.minimum(bucket, len(guide) - 1, out=bucket)
        cell = guide[bucket].astype(np.int64)
        upper = self._cumulated[1:]
        late = weight >= upper[cell]
        cell += late
        np.minimum(cell, len(upper) - 1, out=cell)
        wrong = np.flatnonzero((weight >= upper[cell]) | (weight < self._cumulated[cell]))
        if len(wrong):
            found = np.searchsorted(self._cumulated, weight[wrong], side="right") - 1
            cell[wrong] = self._heavy(found)
        return cell

    def _heavy(self, cell: NDArray[np.int64]) -> NDArray[np.int64]:
        """Each cell, or where rounding led beyond the last that has weight, that one."""
        last = int(np.flatnonzero(self._weights > 0)[-1])
        made: NDArray[np.int64] = np.minimum(cell.clip(min=0), last)
        return made

    @property
    def last(self) -> int | None:
        """The last instant that can be drawn, None where there is none."""
        heavy = np.flatnonzero(self._weights * self._counts > 0)
        if not len(heavy):
            return None
        index = self._starts[heavy[-1]] + int(self._counts[heavy[-1]]) - 1
        return int(self.grid.at(np.array([index]))[0])

    def mass_between(
        self, floor: NDArray[np.int64] | None, ceiling: NDArray[np.int64] | None
    ) -> NDArray[np.float64] | float:
        """The weight of the points from each floor to each ceiling, 0 where there are none."""
        base = 0.0 if floor is None else self.weight_before(floor)
        top = self.mass if ceiling is None else self.weight_before(ceiling + 1)
        return np.maximum(top - base, 0.0)

    def draw(
        self,
        rng: np.random.Generator,
        count: int,
        floor: NDArray[np.int64] | None = None,
        ceiling: NDArray[np.int64] | None = None,
    ) -> NDArray[np.int64]:
        """Instants of `count` rows, none before its floor and none after its ceiling.

        Where no point with weight lies between the two, the row gets the floor itself (without one, the ceiling).
        """
        weight = rng.random(count)
        if floor is None and ceiling is None:
            weight *= self.mass
            return self.grid.at(self.index_at(weight))
        first = None if floor is None else self.grid.first_from(floor)
        base = 0.0 if first is None else self.below(first)
        top = self.mass if ceiling is None else self.weight_before(ceiling + 1)
        weight *= np.maximum(top - base, 0.0)
        weight += base
        index = self.index_at(weight)
        times = self.grid.at(index) if first is None or floor is None else self._not_before(index, first, floor)
        if ceiling is None:
            return times
        late = times > ceiling
        return np.where(late, ceiling if floor is None else np.minimum(floor, times), times) if late.any() else times

    def settle(
        self, weight: NDArray[np.float64], first: NDArray[np.int64], floor: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The instants at cumulated weights, none before the rows' first points; the floor where none is left."""
        return self._not_before(self.index_at(weight), first, floor)

    def _not_before(
        self, index: NDArray[np.int64], first: NDArray[np.int64], floor: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        index = np.maximum(index, first)
        full = index >= self.size
        if not full.any():
            return self.grid.at(index)
        times = self.grid.at(np.minimum(index, self.size - 1))
        return np.where(full, floor, times)


def _cells(grid: Grid, patterns: Sequence[Pattern], size: int) -> NDArray[np.int64]:
    """The numbers of the points at which a new cell begins."""
    if grid.points is not None:
        return np.arange(size)
    edges = [np.array([grid.span.start], dtype=np.int64), *(pattern.edges(grid.span) for pattern in patterns)]
    starts = np.unique(grid.first_from(np.concatenate(edges)))
    return starts[starts < size]
