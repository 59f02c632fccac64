"""What multiplies a number row by row, held in each stratum: by season, by year, by day, by segment, by age, by effect.

A row's place in its own distribution, u = (F(y) + F(y−)) / 2 with everything undone that multiplies, noises, bounds or rounds
that row, has the mean 1/2 and a variance of at most 1/12, whatever the distribution and also where it has jumps. So the
mean of u over the rows that share a factor is 1/2 within √(1/12n), unless the factor did not act as declared.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from datagen_core import stats
from datagen_core.behaviors.vintage import multipliers_of
from datagen_core.distributions import DistributionParams
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.cdf import Cumulative
from datagen_core.validation.columns import drawn_alone, drawn_columns
from datagen_core.validation.laws import ALPHA, FEWEST_ROWS, enough
from datagen_core.validation.noise import Tabulated
from datagen_core.validation.report import Outcome
from datagen_core.validation.steps import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Document, Node
    from datagen_core.validation.steps import Step

VARYING = frozenset({"seasonality", "trend", "anomaly", "effect"})
LEAST_PLACE = 0.01
"""Shift of the mean place that is too small to matter: 0.035 standard deviations of a normal."""
MOST_ROWS = 40_000
"""Rows that are looked at, evenly spaced over the table."""
STRATA = 24
BINS = 12


@check("behaviour.strata")
def strata(case: Case) -> Iterator[Trial]:
    """What multiplies numbers by season, growth, day, segment, age or effect acts in each stratum as declared."""
    for node, column in drawn_columns(case.document, DistributionParams):
        if any(use.name in VARYING for use in column.modifiers) or _behaves(case.document, node, column):
            yield Trial(node.id, (column.name,), partial(_strata, case, node, column))


def _behaves(document: Document, node: Node, column: Column) -> bool:
    """Whether a parent's segment or age multiplies the column."""
    for name in node.parents:
        parent = document.node(name)
        if parent is None:
            continue
        segment, vintage = parent.segment_behavior, parent.vintage_behavior
        if segment is not None and column.name in segment.applies_to_columns:
            return True
        if vintage is not None and any(multipliers_of(vintage, column, numeric=True)):
            return True
    return False


def _strata(case: Case, node: Node, column: Column) -> Outcome:
    drawn_alone(case.document, node, column)
    values = case.values(node.id, column.name)
    rows = np.flatnonzero(~values.nulls())
    enough(len(rows))
    rows = rows[:: max(1, len(rows) // MOST_ROWS)]
    steps = [step.thinned(rows) for step in steps_of(case, node, column)]
    varying = [np.asarray(step.scale, float) for step in steps if step.varies]
    if not any(len(np.unique(factors)) > 1 for factors in varying):
        raise Skip("all rows are multiplied alike")
    places = places_of(column.generator.params, values.numbers[rows].astype(float), steps)
    return _judged(places, [_grouped(factors) for factors in varying], varying)


def places_of(params: DistributionParams, numbers: NDArray[np.float64], steps: list[Step]) -> NDArray[np.float64]:
    """u of each row."""
    digits = [step.digits for step in steps if step.digits is not None]
    hair = 0.5 * 10.0 ** -min(digits) if digits else 1e-6 * (1 + np.abs(numbers))
    upper, lower = undone(numbers, steps), undone(numbers - hair, steps)
    finite = np.concatenate([one[np.isfinite(one)] for one in (upper, lower)])
    law = Cumulative(params)
    over = Tabulated(law, float(finite.min()), float(finite.max())).over if len(finite) else law.over
    reached = (over(upper) + over(lower)) / 2
    for step in steps:
        if step.noise is not None:
            reached = step.noise.share(reached)
    return reached


def undone(numbers: NDArray[np.float64], steps: list[Step]) -> NDArray[np.float64]:
    """What was drawn for each row; one more axis for each mixture among the steps."""
    for step in reversed(steps):
        inner = step
        if step.varies and numbers.ndim > 1:
            scale = np.asarray(step.scale).reshape(-1, *(1,) * (numbers.ndim - 1))
            inner = type(step)(scale, step.shift, step.low, step.high, step.digits)
        numbers = inner.before(numbers)
    return numbers


def _grouped(factors: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows with the same factor; by quantiles where there are many factors."""
    distinct, group = np.unique(factors, return_inverse=True)
    if len(distinct) <= STRATA:
        return group
    cuts = np.quantile(factors, np.linspace(0, 1, BINS + 1)[1:-1])
    made: NDArray[np.int64] = np.searchsorted(cuts, factors, side="right")
    return made


def _judged(
    places: NDArray[np.float64], groups: list[NDArray[np.int64]], varying: list[NDArray[np.float64]]
) -> Outcome:
    """The stratum that is furthest off, in units of its tolerance."""
    found: list[tuple[float, float, float, int, str]] = []
    sizes = [np.bincount(group) for group in groups]
    z = -stats.normal_quantile(ALPHA / 2 / max(sum(int((size >= FEWEST_ROWS).sum()) for size in sizes), 1))
    for group, size, factors in zip(groups, sizes, varying, strict=True):
        means = np.bincount(group, places) / np.maximum(size, 1)
        middle = np.bincount(group, factors) / np.maximum(size, 1)
        for one in np.flatnonzero(size >= FEWEST_ROWS).tolist():
            off, n = float(means[one] - 0.5), int(size[one])
            tolerance = max(LEAST_PLACE, z / math.sqrt(12 * n))
            found.append((abs(off) / tolerance, off, tolerance, n, f"about × {middle[one]:.4g}"))
    if not found:
        raise Skip("no stratum has enough rows")
    worst, off, tolerance, n, which = max(found)
    message = (
        f"rows that are multiplied {which} lie at {0.5 + off:.2%} of their distribution in the mean, 50% expected; "
        f"tolerance {tolerance:.2%}, {n} rows; {len(found)} strata"
    )
    score = off * math.sqrt(12 * n)
    return Outcome(worst <= 1, message, 0.5 + off, 0.5, score, stats.two_sided(score), abs(off), len(places))
