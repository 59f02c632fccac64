"""Where the instants of a column should lie, net of exposure: given when each row's time may begin.

A row's time is a point of the grid, weighted by its patterns, not before its floor (the creation of its parent, an earlier
column of its row), and by the parent's activity at its age then. So the rows expected at an hour of a day are

    X[day, hour] = H[day, hour] · Σ over rows r with floor F_r ≤ day of m(day − F_r) / Σ_d≥F_r m(d − F_r) · H[d]

with H the grid's weight there and m the curve of activity. Floors are taken up to the next midnight and rows before it left
out on both sides, so that whole days are compared with whole days; the sum over rows is a convolution over floor days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors import segments
from datagen_core.behaviors.bounds import bounds_of, ceilings_of, highest, lowest
from datagen_core.behaviors.creation import creation_column, time_column
from datagen_core.behaviors.keys import key_plan
from datagen_core.behaviors.vintage import Curve, multipliers_of, staircase
from datagen_core.generators.datetime_series import DatetimeSeriesParams, Window, grid_of
from datagen_core.generators.diffusion_curve import DiffusionCurveParams
from datagen_core.instants import DAY, HOUR, PATTERN_LENGTHS, SECOND, Span, parse_instant
from datagen_core.timegrid import Grid, cycle_index
from datagen_core.validation.case import Case, Skip
from datagen_core.validation.effects import row_weights
from datagen_core.validation.links import follow, link, parent_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from datagen_core.behaviors.bounds import Bound
    from datagen_core.schema.model import Column, Document, Node
    from datagen_core.validation.links import Link

MOST_DAYS = 40_000


@dataclass(frozen=True)
class Pattern:
    """A declared weight by hour, day of week or month."""

    dimension: str
    weights: tuple[float, ...]


def patterns_of(column: Column) -> list[Pattern]:
    """The generator's patterns, and the seasons that modifiers add."""
    params: DatetimeSeriesParams = column.generator.params
    found = [Pattern(one.dimension, one.weights) for one in params.all_patterns]
    return found + [
        Pattern(use.params.dimension, use.params.weights) for use in column.modifiers if use.name == "seasonality"
    ]


def timeframe(document: Document) -> Span:
    """The document's window."""
    frame = document.timeframe
    return Span(parse_instant(frame.start) or 0, parse_instant(frame.end, end=True) or 0)


def window_of(document: Document, column: Column) -> Span:
    """The window that a time column's own generator draws from."""
    params = column.generator.params
    if isinstance(params, DatetimeSeriesParams | DiffusionCurveParams) and isinstance(params.within, Window):
        return params.within.span
    return timeframe(document)


def latest(document: Document, node: Node, column: Column) -> int:
    """The last instant that leaves room for the columns that are drawn above this one."""
    end = window_of(document, column).end
    for ceiling in ceilings_of(document, node, column):
        above = node.column(ceiling.column)
        if above is not None and isinstance(above.generator.params, DatetimeSeriesParams | DiffusionCurveParams):
            last = _last_point(document, above, latest(document, node, above))
            source = last // DAY * DAY if above.type == "date" else last
            end = min(end, highest(column.type, source, strict=ceiling.strict))
    return end


def _last_point(document: Document, column: Column, end: int) -> int:
    params = column.generator.params
    if not isinstance(params, DatetimeSeriesParams):
        return end
    grid = grid_of(params, timeframe(document), document.timeframe.freq)
    size = int(grid.first_from(np.array([end + 1]))[0])
    return int(grid.at(np.array([max(size - 1, 0)]))[0])


def floors(case: Case, node: Node, column: Column) -> NDArray[np.int64] | None:
    """The earliest instant of each row; None where nothing bounds it."""
    found: NDArray[np.int64] | None = None
    for bound in bounds_of(case.document, node, column):
        if bound.upper or bound.equal:
            raise Skip("another column bounds the time from above")
        source = _source(case, node, bound)
        at = np.asarray(lowest(column.type, source, strict=bound.strict))  # type: ignore[arg-type]
        found = at if found is None else np.maximum(found, at)
    return found


def _source(case: Case, node: Node, bound: Bound) -> NDArray[np.int64]:
    """The instants that bound the rows' times."""
    if bound.way.how == "row":
        values = case.values(node.id, bound.column)
    else:
        found = link(case.document, node, bound.way.table)
        if found is None:
            raise Skip(f"{node.id} has no key of {bound.way.table}, whose creation bounds the time")
        values = follow(case, node, found, bound.column)
    times = np.where(values.nulls(), np.iinfo(np.int64).min // 4, values.numbers)
    return times // DAY * DAY if bound.kind == "date" else times


@dataclass(frozen=True)
class Exposure:
    """Rows by day and hour of day, as they are and as they should be.

    Parameters
    ----------
    first_day
        Days from 1970-01-01 to the first row of the tables.
    observed, expected
        float64 (days, 24), with the same sum.
    ages
        By days of age: rows observed, rows expected; None where no curve acts.
    curve
        The curve of activity that acts, if any.
    """

    first_day: int
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    ages: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    curve: Curve | None = None

    @property
    def rows(self) -> int:
        """Rows that are compared."""
        return int(self.observed.sum())

    def by(self, table: NDArray[np.float64], dimension: str) -> NDArray[np.float64]:
        """A table's rows by hour, day of week or month."""
        found: NDArray[np.float64] = table.sum(axis=0)
        if dimension != "hour":
            days = (self.first_day + np.arange(len(table))) * DAY
            places = cycle_index(days, dimension)
            found = np.bincount(places, table.sum(axis=1), PATTERN_LENGTHS[dimension]).astype(float)
        return found


def exposure(case: Case, node: Node, column: Column) -> Exposure:
    """Compare the instants of a `datetime_series` column with what its document declares."""
    return case.once(("exposure", node.id, column.name), lambda: _exposure(case, node, column))


def _exposure(case: Case, node: Node, column: Column) -> Exposure:
    document = case.document
    _tractable(document, node, column)
    span = Span(window_of(document, column).start, latest(document, node, column))
    grid = grid_of(column.generator.params, timeframe(document), document.timeframe.freq)
    weights = hour_weights(Grid(Span(span.start, max(span.end, span.start)), grid.freq), patterns_of(column))
    first_day = span.start // DAY
    values = case.values(node.id, column.name)
    floor = floors(case, node, column)
    times = values.numbers - _shift(column)
    start = np.zeros(len(times), np.int64) if floor is None else _floor_days(floor, span, first_day)
    kept = ~values.nulls() & (times // DAY - first_day >= start) & (start < len(weights))
    day = times[kept] // DAY - first_day
    if ((day < 0) | (day >= len(weights))).any():
        raise Skip("some times lie outside their window")
    rows = _Rows(first_day, start[kept], day, kept, _effective(case, node, kept))
    hours = day * 24 + times[kept] % DAY // HOUR
    observed = np.bincount(hours, rows.weight, len(weights) * 24).astype(float).reshape(-1, 24)
    activity = _activity(case, node, column)
    if activity is not None:
        expected, ages = _aged(case, node, activity, rows, weights)
        seen = np.bincount(rows.day - rows.start, rows.weight, len(weights)).astype(float)
        return Exposure(first_day, observed, expected, (seen, ages), activity.curve)
    per_day = np.bincount(rows.start, rows.weight, len(weights)).astype(float)
    return Exposure(first_day, observed, _spread(per_day, weights, None)[0])


def _effective(case: Case, node: Node, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights that undo the table's effects, scaled so that their sum is the number of rows they are worth (Kish 1965)."""
    weights = row_weights(case, node)
    if weights is None:
        return np.ones(int(kept.sum()))
    weights = weights[kept]
    return weights * (weights.sum() / (weights**2).sum()) if len(weights) else weights


@dataclass(frozen=True)
class _Rows:
    """The rows that are compared: their first whole day, their day (from `first_day` on), which they are, their weights."""

    first_day: int
    start: NDArray[np.int64]
    day: NDArray[np.int64]
    kept: NDArray[np.bool_]
    weight: NDArray[np.float64]


def told_apart(document: Document, node: Node, column: Column) -> None:
    """Skip where the rows of a parent may not have the same value, for their key tells them apart by it."""
    if key_plan(document, node).column == column.name:
        raise Skip("the key tells the rows of a parent apart by this column")


def _tractable(document: Document, node: Node, column: Column) -> None:
    told_apart(document, node, column)
    odd = [use.name for use in column.modifiers if use.name not in {"seasonality", "time_jitter", "add"}]
    if odd:
        raise Skip(f"{odd[0]} moves the times")
    if column.unique:
        raise Skip("a unique time is a point of its own for each row")


def _shift(column: Column) -> int:
    return sum(round(use.params.value * SECOND) for use in column.modifiers if use.name == "add")


def _floor_days(floor: NDArray[np.int64], span: Span, first_day: int) -> NDArray[np.int64]:
    """The first whole day of each row, as a number from the window's first day."""
    days = -(-floor // DAY) - first_day
    return np.where(floor <= span.start, 0, np.maximum(days, 0))


def hour_weights(grid: Grid, patterns: list[Pattern]) -> NDArray[np.float64]:
    """H: the weight of a grid's points by day and hour of day."""
    first = grid.span.start // DAY
    days = grid.span.end // DAY - first + 1
    if days > MOST_DAYS:
        raise Skip(f"a window of {days} days")
    edges = (first * 24 + np.arange(days * 24 + 1)) * HOUR
    counts = np.diff(grid.first_from(np.clip(edges, grid.span.start, grid.span.end + 1))).astype(float)
    for pattern in patterns:
        counts *= np.asarray(pattern.weights, float)[cycle_index(edges[:-1], pattern.dimension)]
    if not counts.sum() > 0:
        raise Skip("no instant of the grid has any weight")
    return counts.reshape(days, 24)


def _spread(
    rows: NDArray[np.float64], weights: NDArray[np.float64], heights: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(X, rows by age): rows per floor day spread over the days from there on; `heights` is m by days of age."""
    daily = weights.sum(axis=1)
    days = len(daily)
    if heights is None:
        mass = np.cumsum(daily[::-1])[::-1]
        per_unit = np.cumsum(_ratio(rows, mass))
        return per_unit[:, None] * weights, np.zeros(0)
    mass = _correlate(daily, heights)
    rate = _ratio(rows, mass)
    per_unit = _convolve(rate, heights)[:days]
    return per_unit[:, None] * weights, heights * _correlate(daily, rate)


def _ratio(rows: NDArray[np.float64], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    if (rows[mass <= 0] > 0).any():
        raise Skip("rows whose parents are no longer active")
    return np.divide(rows, mass, out=np.zeros_like(rows), where=mass > 0)


def _convolve(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Σ_k one[k] · other[n − k], by FFT for long ones; what is negative is rounding."""
    size = len(one) + len(other)
    product = np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(other, size), size)
    return np.maximum(product, 0.0)


def _correlate(series: NDArray[np.float64], kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Σ_a kernel[a] · series[n + a] for every n."""
    return _convolve(series[::-1], kernel)[: len(series)][::-1]


@dataclass(frozen=True)
class _Activity:
    """The curve of activity and whose age counts."""

    curve: Curve
    parent: Node
    created: str
    speeds: bool


def _activity(case: Case, node: Node, column: Column) -> _Activity | None:
    """The curve that spreads the children of a parent over its life, if one acts on this column."""
    parent = case.document.node(node.parents[0]) if node.parents else None
    vintage = parent.vintage_behavior if parent is not None else None
    if parent is None or vintage is None or column != time_column(node) or not column.after_parent:
        return None
    chosen = list(multipliers_of(vintage, None))
    created = creation_column(parent)
    if not chosen or created is None:
        return None
    window = timeframe(case.document)
    curve = staircase(chosen, float(window.length))
    speeds = segments.differs(parent.segment_behavior, "decay_rate")
    return None if curve.flat else _Activity(curve, parent, created.name, speeds)


def _aged(
    case: Case,
    node: Node,
    activity: _Activity,
    rows: _Rows,
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(X, rows by days of age) under a curve: parents of one speed at a time."""
    found = link(case.document, node, activity.parent.id)
    if found is None:
        raise Skip(f"{node.id} has no key of {activity.parent.id}")
    created = follow(case, node, found, activity.created).numbers[rows.kept]
    wait = (rows.start + rows.first_day) * DAY - created
    speed = _speeds(case, node, activity, found)[rows.kept] if activity.speeds else np.ones(len(wait))
    expected, ages = np.zeros_like(weights), np.zeros(len(weights))
    for value in np.unique(speed).tolist():
        same = speed == value
        if (wait[same] > 2 * DAY).any():
            raise Skip("something else than the parent's creation comes before the time")
        heights = _daily_heights(activity.curve, value, float(wait[same].mean()) / DAY, len(weights))
        number = np.bincount(rows.start[same], rows.weight[same], len(weights)).astype(float)
        table, by_age = _spread(number, weights, heights)
        expected += table
        ages += by_age
    return expected, ages


def _daily_heights(curve: Curve, speed: float, offset: float, days: int) -> NDArray[np.float64]:
    """The curve's mean over each day after the floor, `offset` days after the creation."""
    edges: NDArray[np.float64] = np.asarray((np.arange(days + 1) + offset) * DAY * speed, np.float64)
    return np.diff(curve.integral(edges)) / (DAY * speed)


def _speeds(case: Case, node: Node, activity: _Activity, found: Link) -> NDArray[np.float64]:
    """How fast the parent of each row ages."""
    behavior = activity.parent.segment_behavior
    if behavior is None:
        return np.ones(case.table(node.id).rows)
    speeds = segments.traits(behavior, case.values(activity.parent.id, behavior.segment_column), "decay_rate")
    return speeds[np.maximum(parent_rows(case, node, found), 0)]
