"""Laws of single columns: declared weights, null rates, distributions."""

from __future__ import annotations

import math
from dataclasses import replace
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
from datagen_core.validation.exposure import told_apart
from datagen_core.validation.laws import enough, judge_cumulated, judge_share, judge_shares
from datagen_core.validation.noise import Tabulated
from datagen_core.validation.steps import Step, merged_steps, steps_of
from datagen_core.validation.values import as_key, counts, distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Document, Node
    from datagen_core.validation.report import Outcome

EDGES = 200
"""Points at which a distribution is compared."""
MOST_CELLS = 40_000_000
GROUPS = 64
"""Classes into which the rows' own factors are put."""
DISCRETE_STEPS = ("map_values",)


def drawn_columns(document: Document, kind: type) -> Iterator[tuple[Node, Column]]:
    """The columns that a generator with parameters of some kind fills."""
    for node in document.nodes:
        for column in node.columns:
            if isinstance(generator_of(document, node, column).params, kind):
                yield node, column


@check("behaviour.weights")
def weights(case: Case) -> Iterator[Trial]:
    """Choices occur as often as their weights say."""
    for node, column in drawn_columns(case.document, ChoiceParams):
        yield Trial(node.id, (column.name,), partial(_weights, case, node, column))


def _weights(case: Case, node: Node, column: Column) -> Outcome:
    _undisturbed(case.document, node, column)
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


def _undisturbed(document: Document, node: Node, column: Column) -> None:
    """Skip where something else decides how often a value occurs."""
    told_apart(document, node, column)
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
    for node, column in drawn_columns(case.document, DistributionParams):
        yield Trial(node.id, (column.name,), partial(_distribution, case, node, column))


def _distribution(case: Case, node: Node, column: Column) -> Outcome:
    params: DistributionParams = column.generator.params
    drawn_alone(case.document, node, column)
    values = case.values(node.id, column.name)
    rows = np.flatnonzero(~values.nulls())
    enough(len(rows))
    numbers = values.numbers[rows].astype(np.float64)
    steps = merged_steps([step.thinned(rows) for step in steps_of(case, node, column)])
    points = _points(numbers, steps, column)
    observed = np.searchsorted(np.sort(numbers), points, side="right") / len(numbers)
    return judge_cumulated(points, observed, _expected(params, points, steps, len(rows)), len(rows), params.kind)


def drawn_alone(document: Document, node: Node, column: Column) -> None:
    told_apart(document, node, column)
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
    # a whole number times a factor and divided by it again may end a little below itself
    points = points + (0.5 * 10.0 ** -min(digits) if digits else 1e-9 * np.abs(points))
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
    classes, shares = _classes([step for step in steps if step.varies], rows)
    noise = [step.noise for step in steps if step.noise is not None]
    size = len(points) * len(classes) * math.prod(len(one.weights) for one in noise)
    if size > MOST_CELLS:
        raise Skip("too many combinations of factors")
    over = _tabulated(law, points, steps, classes) if noise else law.over
    total = np.zeros(len(points))
    for chosen, share in zip(classes, shares, strict=True):
        reached = over(_before(points, steps, chosen))
        for one in noise:  # the first to act is the last to be undone
            reached = one.share(reached)
        total += share * reached
    return total


def _before(points: NDArray[np.float64], steps: list[Step], chosen: NDArray[np.float64]) -> NDArray[np.float64]:
    """What was drawn where the steps end at the points; one more axis for each mixture among the steps."""
    scales = iter(chosen)
    factors = [next(scales) if step.varies else step.scale for step in steps]
    for step, scale in zip(reversed(steps), reversed(factors), strict=True):
        points = replace(step, scale=scale).before(points)
    return points


def _tabulated(
    law: Cumulative, points: NDArray[np.float64], steps: list[Step], classes: NDArray[np.float64]
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The law, tabulated over all that is looked up."""
    low, high = math.inf, -math.inf
    for chosen in classes:
        at = _before(points, steps, chosen)
        finite = at[np.isfinite(at)]
        if len(finite):
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    return Tabulated(law, low, high).over if low <= high else law.over


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
