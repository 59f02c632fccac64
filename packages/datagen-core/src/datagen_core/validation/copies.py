"""Numbers that are looked up and then modified: what the modifiers make of the other row's number, exactly or in law."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.generators.lookup import LookupParams
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.laws import enough, judge_cumulated, judge_mean
from datagen_core.validation.links import follow, link
from datagen_core.validation.report import Outcome
from datagen_core.validation.residuals import MOST_ROWS, undone
from datagen_core.validation.steps import Step, steps_of
from datagen_core.values import round_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Node

NUMBERS = frozenset({"int", "float"})
HAIR = 1e-6
MOST_AT_BOUNDS = 0.01
GRID = np.linspace(0.005, 0.995, 199)


@check("behaviour.modified_copy")
def modified_copies(case: Case) -> Iterator[Trial]:
    """A number that is looked up and modified is the other row's number, modified as declared."""
    for node in case.document.nodes:
        for column in node.columns:
            params = column.generator.params
            if isinstance(params, LookupParams) and column.modifiers and column.type in NUMBERS:
                found = link(case.document, node, params.table)
                if found is not None and params.table != node.id and found.column != column.name:
                    yield Trial(node.id, (column.name,), partial(_modified, case, node, column))


def _modified(case: Case, node: Node, column: Column) -> Outcome:
    params: LookupParams = column.generator.params
    found = link(case.document, node, params.table)
    if found is None:
        raise Skip(f"{node.id} has no key of {params.table}")
    brought, own = follow(case, node, found, params.column), case.values(node.id, column.name)
    if any(f"{node.id}.{column.name}" in (one.left, one.right) for one in case.document.constraints.inequalities):
        raise Skip("an inequality bounds the values")
    rows = np.flatnonzero(~(own.nulls() | brought.nulls()))
    enough(len(rows))
    rows = rows[:: max(1, len(rows) // MOST_ROWS)]
    steps = [step.thinned(rows) for step in steps_of(case, node, column)]
    base, numbers = brought.numbers[rows].astype(float), own.numbers[rows].astype(float)
    if any(step.noise is not None for step in steps):
        return _in_law(base, numbers, steps)
    return _exact(base, numbers, steps)


def _exact(base: NDArray[np.float64], numbers: NDArray[np.float64], steps: list[Step]) -> Outcome:
    wanted = base
    for step in steps:
        wanted = _after(step, wanted)
    wrong = int((~np.isclose(numbers, wanted, HAIR, HAIR)).sum())
    message = f"{wrong} of {len(numbers)} values are not what the modifiers make of the row that was looked up"
    if not wrong:
        message = (
            f"all {len(numbers)} values that were looked at are what the modifiers make of the row that was looked up"
        )
    return Outcome(not wrong, message, wrong, 0, effect=wrong / len(numbers), n=len(numbers))


def _after(step: Step, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    if step.digits is not None:
        return round_decimal(numbers, step.digits)
    return np.asarray(np.clip(numbers * step.scale + step.shift, step.low, step.high), np.float64)


def _in_law(base: NDArray[np.float64], numbers: NDArray[np.float64], steps: list[Step]) -> Outcome:
    """The place of each number among those that noise could have made of its base: evenly spread, or at least 1/2 in the mean."""
    hair = HAIR * (1 + np.abs(numbers))
    reached = (_reached(base, undone(numbers + hair / 2, steps)) + _reached(base, undone(numbers - hair, steps))) / 2
    for step in steps:
        if step.noise is not None:
            reached = step.noise.share(reached)
    low, high = (np.array([getattr(step, name) for step in steps]) for name in ("low", "high"))
    at_bounds = float(((numbers <= low.max()) | (numbers >= high.min())).mean())
    smooth = all(
        step.digits is None and (step.noise is None or len(np.unique(step.noise.weights)) == 1) for step in steps
    )
    if smooth and at_bounds < MOST_AT_BOUNDS:
        observed = np.searchsorted(np.sort(reached), GRID, side="right") / len(reached)
        return judge_cumulated(GRID, observed, GRID, len(reached), "places among what noise makes of the row looked up")
    error = (1 / 12 / len(reached)) ** 0.5
    return judge_mean(
        float(reached.mean()), 0.5, error, len(reached), "mean place among what noise makes of the row looked up"
    )


def _reached(base: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(X ≤ point) of a number that is the base for certain."""
    return (base.reshape(-1, *(1,) * (points.ndim - 1)) <= points).astype(float)
