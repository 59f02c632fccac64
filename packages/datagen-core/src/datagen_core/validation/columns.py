"""Laws of single columns: declared weights, null rates, distributions."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core.behaviors.bounds import bounds_of
from datagen_core.behaviors.references import generator_of
from datagen_core.distributions import DistributionParams
from datagen_core.generators.choice import ChoiceParams, weights_of
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.cdf import Cumulative
from datagen_core.validation.dataset import as_values
from datagen_core.validation.laws import enough, judge_cumulated, judge_mean, judge_share, judge_shares
from datagen_core.validation.steps import NOISE, Step, merged_steps, steps_of
from datagen_core.validation.values import as_key, counts, distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Document, ModifierUse, Node
    from datagen_core.validation.report import Outcome

EDGES = 200
"""Points at which a distribution is compared."""
GROUPS = 64
"""Classes into which the rows' own factors are put."""
DISCRETE_STEPS = ("map_values",)


def _columns(document: Document, kind: type) -> Iterator[tuple[Node, Column]]:
    for node in document.nodes:
        for column in node.columns:
            if isinstance(generator_of(document, node, column).params, kind):
                yield node, column


@check("behaviour.weights")
def weights(case: Case) -> Iterator[Trial]:
    """Choices occur as often as their weights say."""
    for node, column in _columns(case.document, ChoiceParams):
        yield Trial(node.id, (column.name,), partial(_weights, case, node, column))


def _weights(case: Case, node: Node, column: Column) -> Outcome:
    _undisturbed(node, column)
    params: ChoiceParams = column.generator.params
    choices = list(params.choices) if params.choices is not None else _referenced(case, params)
    wanted: dict[Any, float] = {}
    mapping = _mapping(column)
    for choice, weight in zip(choices, weights_of(params, len(choices)), strict=True):
        key = as_key(mapping.get(str(choice), choice), column)
        wanted[key] = wanted.get(key, 0.0) + weight
    found, nulls = _tally(case, node, column)
    if None in wanted and not column.null_rate:
        found[None] = nulls
    else:
        wanted.pop(None, None)
    keys = list(dict.fromkeys([*wanted, *found]))
    return judge_shares(
        [found.get(key, 0) for key in keys],
        [wanted.get(key, 0.0) for key in keys],
        [str(key) for key in keys],
        "weights",
    )


def _undisturbed(node: Node, column: Column) -> None:
    """Skip where something else decides how often a value occurs."""
    if column.unique or (column.constraints is not None and column.constraints.unique):
        raise Skip("a unique column has each value once")
    if any(column.name in use.params.on for use in node.modifiers if hasattr(use.params, "on")):
        raise Skip("an effect on the table keeps rows by this column's value")
    odd = [use.name for use in column.modifiers if use.name not in DISCRETE_STEPS]
    if odd:
        raise Skip(f"{odd[0]} changes the values")


def _mapping(column: Column) -> dict[str, Any]:
    """What map_values makes of each choice, one modifier after the other."""
    mapping: dict[str, Any] = {}
    for use in column.modifiers:
        later = dict(use.params.mapping)
        mapping = {key: later.get(str(value), value) for key, value in mapping.items()} | {
            key: value for key, value in later.items() if key not in mapping
        }
    return mapping


def _referenced(case: Case, params: ChoiceParams) -> list[Any]:
    table, _, name = (params.choices_ref or "").rpartition(".")
    return distinct(case.values(table, name))


def _tally(case: Case, node: Node, column: Column) -> tuple[dict[Any, int], int]:
    """How often each value occurs, and how many nulls there are."""
    found: dict[Any, int] = {}
    nulls = 0
    for batch in case.readable(node.id, column.name).batches([column.name]):
        values = as_values(batch.column(0), column.type)
        nulls += int(values.nulls().sum())
        for value, count in counts(values).items():
            found[value] = found.get(value, 0) + count
    return found, nulls


@check("behaviour.null_rate")
def null_rates(case: Case) -> Iterator[Trial]:
    """Nulls are as frequent as declared."""
    for node in case.document.nodes:
        for column in node.columns:
            if column.null_rate is not None:
                yield Trial(node.id, (column.name,), partial(_null_rate, case, node, column))


def _null_rate(case: Case, node: Node, column: Column) -> Outcome:
    own = column.generator.name in {"lookup", "expression", "aggregate", "state"}
    if own or (isinstance(column.generator.params, ChoiceParams) and None in (column.generator.params.choices or ())):
        raise Skip("the generator makes nulls of its own")
    table = case.readable(node.id, column.name)
    nulls = sum(batch.column(0).null_count for batch in table.batches([column.name]))
    return judge_share(nulls, table.rows, column.null_rate or 0.0, "nulls")


@check("behaviour.distribution")
def distributions(case: Case) -> Iterator[Trial]:
    """Numbers follow their distribution, through the modifiers that move it."""
    for node, column in _columns(case.document, DistributionParams):
        yield Trial(node.id, (column.name,), partial(_distribution, case, node, column))


def _distribution(case: Case, node: Node, column: Column) -> Outcome:
    params: DistributionParams = column.generator.params
    _drawn_alone(case.document, node, column)
    noise = [use.name for use in column.modifiers if use.name in NOISE]
    values = case.values(node.id, column.name)
    rows = np.flatnonzero(~values.nulls())
    enough(len(rows))
    numbers = values.numbers[rows].astype(np.float64)
    steps = merged_steps([step.thinned(rows) for step in steps_of(case, node, column)])
    if noise:
        return _mean(params, numbers, steps, column, noise)
    points = _points(numbers, steps, column)
    observed = np.searchsorted(np.sort(numbers), points, side="right") / len(numbers)
    return judge_cumulated(points, observed, _expected(params, points, steps, len(rows)), len(rows), params.kind)


def _drawn_alone(document: Document, node: Node, column: Column) -> None:
    if bounds_of(document, node, column):
        raise Skip("an inequality bounds the values")
    if column.unique or (column.constraints is not None and column.constraints.unique):
        raise Skip("the column is unique")
    if any(f"{node.id}.{column.name}" in (entry.left, entry.right) for entry in document.constraints.inequalities):
        raise Skip("an inequality bounds the values")


def _points(numbers: NDArray[np.float64], steps: list[Step], column: Column) -> NDArray[np.float64]:
    """Where to compare: at the data's own quantiles, strictly inside the bounds, between the values where they are rounded."""
    points = np.unique(np.quantile(numbers, np.linspace(0, 1, EDGES + 1), method="nearest"))
    digits = [step.digits for step in steps if step.digits is not None]
    if digits:
        points = points + 0.5 * 10.0 ** -min(digits)
    low = max((step.low for step in steps), default=-math.inf)
    high = min((step.high for step in steps), default=math.inf)
    inside = points[(points >= low) & (points < high)]
    if not len(inside):
        raise Skip(f"all values of {column.name} lie at its bounds")
    return inside


def _expected(
    params: DistributionParams, points: NDArray[np.float64], steps: list[Step], rows: int
) -> NDArray[np.float64]:
    """P(Y ≤ point), the mean over the rows' own factors."""
    law = Cumulative(params)
    varying = [step for step in steps if step.varies]
    classes, shares = _classes(varying, rows)
    total = np.zeros(len(points))
    for chosen, share in zip(classes, shares, strict=True):
        at = points
        scales = iter(chosen)
        factors = [next(scales) if step.varies else step.scale for step in steps]
        for step, scale in zip(reversed(steps), reversed(factors), strict=True):
            at = Step(scale, step.shift, step.low, step.high, step.digits).before(at)
        total += share * law.over(at)
    return total


def _classes(varying: list[Step], rows: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows with (nearly) the same factors, and the share of each class."""
    if not varying:
        return np.empty((1, 0)), np.ones(1)
    table = np.stack([np.asarray(step.scale, float) for step in varying], axis=1)
    distinct_rows, sizes = np.unique(table, axis=0, return_counts=True)
    if len(distinct_rows) <= 8 * GROUPS:
        return distinct_rows, sizes / rows
    if len(varying) > 1:
        raise Skip("too many combinations of factors")
    parts = np.array_split(np.sort(table[:, 0]), GROUPS)
    return np.array([[part.mean()] for part in parts]), np.array([len(part) / rows for part in parts])


def _mean(
    params: DistributionParams, numbers: NDArray[np.float64], steps: list[Step], column: Column, noise: list[str]
) -> Outcome:
    """What is blurred row by row keeps its mean (times what outliers add), unless the bounds hold much of it."""
    low = max((step.low for step in steps), default=-math.inf)
    high = min((step.high for step in steps), default=math.inf)
    at_bounds = float(((numbers <= low) | (numbers >= high)).mean())
    if at_bounds > 0.002 or params.clamp is None:
        raise Skip(f"{', '.join(noise)} and the bounds together leave no simple law ({at_bounds:.1%} at the bounds)")
    expected: Any = Cumulative(params).mean()
    for step in steps:
        if step.digits is None and not (math.isfinite(step.low) or math.isfinite(step.high)):
            expected = expected * step.scale + step.shift
    for use in column.modifiers:
        if use.name == "outliers":
            expected = expected * _outlier_factor(use)
    error = float(numbers.std()) / math.sqrt(len(numbers))
    what = f"mean of {params.kind} with {', '.join(noise)}"
    return judge_mean(float(numbers.mean()), float(np.mean(expected)), error, len(numbers), what)


def _outlier_factor(use: ModifierUse) -> float:
    """1 + rate · (E m − 1) for spikes; for drops the mean of 1/m."""
    if use.params.mode == "burst":
        raise Skip("bursts run over neighbouring rows")
    law = Cumulative(use.params.magnitude_dist)
    low, high = law.bounds
    if not (math.isfinite(low) and math.isfinite(high)):
        raise Skip("the magnitude has no bounds")
    if use.params.mode == "spike":
        return float(1 + use.params.rate * (law.mean() - 1))
    grid = np.linspace(low, high, 4001)
    cumulated = law.over(grid)
    inverse = cumulated[0] / low + (np.diff(cumulated) / ((grid[1:] + grid[:-1]) / 2)).sum()
    return float(1 + use.params.rate * (inverse - 1))
