"""Laws of time: patterns by hour, day and month, the spread over the window, activity by age; all net of exposure."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors.creation import time_column
from datagen_core.behaviors.references import generator_of
from datagen_core.generators.datetime_series import DatetimeSeriesParams
from datagen_core.generators.diffusion_curve import DiffusionCurveParams
from datagen_core.instants import DAY, parse_freq, to_text
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.exposure import Exposure, exposure, floors, latest, patterns_of, window_of
from datagen_core.validation.laws import enough, judge_shares

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Document, Node
    from datagen_core.validation.report import Outcome

BINS = 20
LABELS = {
    "hour": [f"{hour:02d}h" for hour in range(24)],
    "dow": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "month": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
_MINUTES = 7 * 24 * 60


def series(document: Document, kind: type) -> Iterator[tuple[Node, Column]]:
    """The time columns that a generator with parameters of some kind fills."""
    for node in document.nodes:
        for column in node.columns:
            if column.type in {"datetime", "date"} and isinstance(generator_of(document, node, column).params, kind):
                yield node, column


@check("behaviour.pattern")
def patterns(case: Case) -> Iterator[Trial]:
    """Hours, days and months occur as often as their weights say, given when each row could begin."""
    for node, column in series(case.document, DatetimeSeriesParams):
        for dimension in dict.fromkeys(pattern.dimension for pattern in patterns_of(column)):
            if not (dimension == "hour" and column.type == "date"):
                yield Trial(node.id, (column.name,), partial(judge_pattern, case, node, column, dimension))


def judge_pattern(case: Case, node: Node, column: Column, dimension: str) -> Outcome:
    """The shares of a dimension against those that grid, patterns and exposure make."""
    found = exposure(case, node, column)
    enough(found.rows)
    expected = found.by(found.expected, dimension)
    if dimension != "month":
        expected = _blurred(case, found, column, dimension, expected)
    return judge_shares(found.by(found.observed, dimension), expected, LABELS[dimension], dimension)


def _blurred(
    case: Case, found: Exposure, column: Column, dimension: str, expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The expected hours and weekdays after a jitter of the times: a circular convolution over the week's minutes."""
    variance = sum(use.params.std_minutes**2 for use in column.modifiers if use.name == "time_jitter")
    if not variance:
        return expected
    days = found.first_day + np.arange(len(found.expected))
    week = np.zeros((7, 24))
    np.add.at(week, (days + 3) % 7, found.expected)
    minutes = _within_hours(week.reshape(-1), case.document, column)
    gap = np.minimum(np.arange(_MINUTES), _MINUTES - np.arange(_MINUTES))
    kernel = np.exp(-0.5 * gap**2 / variance)
    blurred = np.fft.irfft(np.fft.rfft(minutes) * np.fft.rfft(kernel / kernel.sum()), _MINUTES)
    hours = np.maximum(blurred, 0).reshape(7, 24, 60).sum(axis=2)
    shares: NDArray[np.float64] = hours.sum(axis=0 if dimension == "hour" else 1)
    return shares


def _within_hours(hours: NDArray[np.float64], document: Document, column: Column) -> NDArray[np.float64]:
    """Hours as minutes: on the grid's own minute where it steps by whole hours, else evenly."""
    params: DatetimeSeriesParams = column.generator.params
    freq = parse_freq(params.freq or document.timeframe.freq)
    shares = np.full(60, 1 / 60)
    if freq is None or freq.months or freq.micros % (DAY // 24) == 0:
        shares = np.zeros(60)
        # the jitter falls on either side of the point, so half of the minute's mass belongs to the minute before
        shares[0] = 1.0
        start = window_of(document, column).start // 60_000_000 % 60
        shares = np.roll(shares, start)
    table: NDArray[np.float64] = (hours[:, None] * shares[None, :]).reshape(-1)
    return (table + np.roll(table, -1)) / 2 if shares.max() == 1.0 else table


@check("behaviour.spread")
def spreads(case: Case) -> Iterator[Trial]:
    """Times fill their window as declared, net of exposure: no pile-up, no gap."""
    for node, column in series(case.document, DatetimeSeriesParams):
        yield Trial(node.id, (column.name,), partial(_spread, case, node, column))


def _spread(case: Case, node: Node, column: Column) -> Outcome:
    found = exposure(case, node, column)
    enough(found.rows)
    expected, observed = found.expected.sum(axis=1), found.observed.sum(axis=1)
    cuts = _cuts(expected, min(BINS, max(2, found.rows // 20)))
    labels = [to_text(int(found.first_day + cut) * DAY)[:10] for cut in cuts]
    return judge_shares(np.add.reduceat(observed, cuts), np.add.reduceat(expected, cuts), labels, "spread from")


def _cuts(expected: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    """The first days of bins of about equal expectation."""
    shares = np.cumsum(expected) / expected.sum()
    cuts = np.searchsorted(shares, np.arange(bins) / bins, side="right")
    return np.unique(np.minimum(cuts, len(expected) - 1))


@check("behaviour.age")
def ages(case: Case) -> Iterator[Trial]:
    """Activity by the parent's age follows its curve, net of how long each parent was there."""
    for node, column in series(case.document, DatetimeSeriesParams):
        parent = case.document.node(node.parents[0]) if node.parents else None
        own = column.after_parent and column == time_column(node)
        if parent is not None and parent.vintage_behavior is not None and own:
            yield Trial(node.id, (column.name,), partial(_age, case, node, column))


def _age(case: Case, node: Node, column: Column) -> Outcome:
    found = exposure(case, node, column)
    if found.ages is None or found.curve is None:
        raise Skip("no curve of activity acts on this column")
    enough(found.rows)
    observed, expected = found.ages
    cuts = _cuts(expected, min(BINS, max(2, found.rows // 20)))
    labels = [f"{cut} days" for cut in cuts]
    return judge_shares(np.add.reduceat(observed, cuts), np.add.reduceat(expected, cuts), labels, "age from")


@check("behaviour.diffusion")
def diffusions(case: Case) -> Iterator[Trial]:
    """Adoption times follow their curve, given when each row could begin."""
    for node, column in series(case.document, DiffusionCurveParams):
        yield Trial(node.id, (column.name,), partial(_diffusion, case, node, column))


def _diffusion(case: Case, node: Node, column: Column) -> Outcome:
    if column.modifiers or column.unique:
        raise Skip("modifiers or uniqueness move the times")
    values = case.values(node.id, column.name)
    times = values.numbers[~values.nulls()].astype(float)
    enough(len(times))
    span = window_of(case.document, column)
    end = latest(case.document, node, column)
    width = DAY if column.type == "date" else 1
    floor = floors(case, node, column)
    low = np.full(len(times), span.start) if floor is None else np.maximum(floor[~values.nulls()], span.start)
    params: DiffusionCurveParams = column.generator.params
    bottom, top = (
        _adopted(params, low, span.start, span.length),
        _adopted(params, np.array([end]), span.start, span.length),
    )
    alive = top - bottom > 1e-9
    begins, ends = (
        (_adopted(params, np.minimum(at, end), span.start, span.length) - bottom)[alive] / (top - bottom)[alive]
        for at in (times, times + width)
    )
    observed = _in_bins(begins, ends)
    return judge_shares(
        observed, np.ones(BINS), [f"{at / BINS:.0%} of the curve" for at in range(BINS)], params.curve_type
    )


def _in_bins(begins: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows in bins of equal share, each spread over the part of the curve that its value stands for (a date: its day)."""
    width = np.maximum(ends - begins, 1e-12)
    below = [float(np.clip((edge - begins) / width, 0.0, 1.0).sum()) for edge in np.linspace(0.0, 1.0, BINS + 1)[1:-1]]
    return np.diff([0.0, *below, float(len(begins))])


def _adopted(params: DiffusionCurveParams, times: NDArray[np.float64], start: int, length: int) -> NDArray[np.float64]:
    """The curve's share up to an instant, before truncation: differences of it are what counts."""
    x = np.clip((times - start) / length, 0.0, 1.0)
    if params.curve_type == "logistic":
        return 1 / (1 + np.exp(-params.steepness * (x - params.inflection_point)))
    if params.curve_type == "exponential":
        return -np.expm1(-params.steepness * x) / -math.expm1(-params.steepness)
    return x
