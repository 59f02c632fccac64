"""Behaviour of parents: how many children they have, which segments there are. Laws of columns and of time stand beside."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core.behaviors import segments
from datagen_core.behaviors.bounds import bounds_of, lowest
from datagen_core.behaviors.creation import creation_column, time_column
from datagen_core.behaviors.vintage import multipliers_of, staircase
from datagen_core.instants import DAY, UNIT_DAYS
from datagen_core.validation import columns, times
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.effects import parent_factors, row_weights
from datagen_core.validation.exposure import latest, timeframe
from datagen_core.validation.fanouts import MOST_CHILDREN, law_of
from datagen_core.validation.fanouts import bounds_of as count_bounds
from datagen_core.validation.laws import enough, judge_mean, judge_shares
from datagen_core.validation.links import link, parent_rows
from datagen_core.validation.values import counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Fanout, Node, SegmentBehavior
    from datagen_core.validation.report import Outcome

__all__ = ["columns", "times"]

MOST_AT_BOUNDS = 0.005
RATES = 256
"""Quantiles of the rates at which the law of a count is tabulated; between them it is interpolated."""


@check("behaviour.segment_mix")
def segment_mixes(case: Case) -> Iterator[Trial]:
    """Segments are as frequent as declared."""
    for node in case.document.nodes:
        behavior = node.segment_behavior
        if behavior is not None and behavior.segments:
            yield Trial(node.id, (behavior.segment_column,), partial(_mix, case, node, behavior))


def _mix(case: Case, node: Node, behavior: SegmentBehavior) -> Outcome:
    found = counts(case.values(node.id, behavior.segment_column))
    wanted = {name: share.base_probability for name, share in behavior.segments.items()}
    names = list(dict.fromkeys([*wanted, *map(str, found)]))
    observed = {str(name): count for name, count in found.items()}
    return judge_shares(
        [observed.get(name, 0) for name in names], [wanted.get(name, 0.0) for name in names], names, "segments"
    )


@dataclass(frozen=True)
class Children:
    """The children of every parent, and the rate at which each should have them.

    Parameters
    ----------
    counts
        Children of each parent; where effects act on the table, weighed so that these are undone.
    rates
        float64: expected children of each parent before the bounds.
    law
        The count's distribution at a rate: probabilities of 0, 1, 2, ….
    segment
        The parents' segments, where they differ in their rates.
    """

    counts: NDArray[Any]
    rates: NDArray[np.float64]
    law: Callable[[float], NDArray[np.float64]]
    segment: NDArray[np.str_] | None = None
    weighed: bool = False


def _facts(case: Case) -> Iterator[tuple[Node, Node]]:
    for node in case.document.nodes:
        parent = case.document.node(node.parents[0]) if node.parents else None
        if node.fanout is not None and parent is not None and node.kind == "fact":
            yield node, parent


@check("behaviour.fanout")
def fanouts(case: Case) -> Iterator[Trial]:
    """Parents have as many children in the mean as declared, by segment and age."""
    for node, parent in _facts(case):
        yield Trial(node.id, (), partial(_fanout, case, node, parent, None))
        behavior = parent.segment_behavior
        if behavior is not None and segments.differs(behavior, "fanout_multiplier"):
            for name in behavior.behaviors:
                yield Trial(node.id, (), partial(_fanout, case, node, parent, name))


def _fanout(case: Case, node: Node, parent: Node, segment: str | None) -> Outcome:
    found = _children(case, node, parent)
    chosen = np.ones(len(found.counts), bool)
    what = f"{node.id} per {parent.id}"
    if segment is not None and found.segment is not None:
        chosen = found.segment == segment
        what += f" in segment {segment}"
    enough(int(chosen.sum()))
    mean, variance = _moments(found, found.rates[chosen])
    observed = float(found.counts[chosen].mean())
    error = math.sqrt(float(variance.mean()) / int(chosen.sum()))
    if found.weighed:
        what += ", effects undone"
        error = float(found.counts[chosen].std()) / math.sqrt(int(chosen.sum()))
    return judge_mean(observed, float(mean.mean()), error, int(chosen.sum()), what)


@check("behaviour.fanout_shape")
def fanout_shapes(case: Case) -> Iterator[Trial]:
    """The numbers of children are spread as declared: none, few, many."""
    for node, parent in _facts(case):
        yield Trial(node.id, (), partial(_shape, case, node, parent))


def _shape(case: Case, node: Node, parent: Node) -> Outcome:
    found = _children(case, node, parent)
    enough(len(found.counts))
    if found.weighed:
        raise Skip("effects on the table blur the counts")
    expected = _mixture(found)
    observed = np.bincount(found.counts, minlength=len(expected)).astype(float)
    expected = np.pad(expected, (0, len(observed) - len(expected)))
    cuts = _classes(expected, min(15, max(2, len(found.counts) // 20)))
    labels = [f"{cut}" for cut in cuts]
    observed, expected = np.add.reduceat(observed, cuts), np.add.reduceat(expected, cuts)
    return judge_shares(observed, np.where(expected < 1e-12, 0.0, expected), labels, "children from")


def _classes(shares: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """The first counts of classes that each expect a fair share."""
    cumulated = np.concatenate([[0.0], np.cumsum(shares)[:-1]])
    cuts = np.searchsorted(cumulated, np.arange(most) / most * shares.sum(), side="left")
    return np.unique(np.minimum(np.append(0, cuts), len(shares) - 1))


def _children(case: Case, node: Node, parent: Node) -> Children:
    """Count the children, and compute each parent's rate."""
    return case.once(("children", node.id), lambda: _counted(case, node, parent))


def _counted(case: Case, node: Node, parent: Node) -> Children:
    if node.fanout is None:
        raise Skip(f"{node.id} declares no fanout")
    found = link(case.document, node, parent.id)
    if found is None:
        raise Skip(f"{node.id} has no key of {parent.id}")
    rows = parent_rows(case, node, found)
    size = case.table(parent.id).rows
    weights = row_weights(case, node)
    numbers = np.bincount(rows[rows >= 0], None if weights is None else weights[rows >= 0], size)
    if int(numbers.max(initial=0)) > MOST_CHILDREN:
        raise Skip(f"a {parent.id} has {int(numbers.max())} children")
    rates, segment = _rates(case, node, node.fanout, parent, size)
    if weights is not None:
        _unbounded(np.bincount(rows[rows >= 0], minlength=size), node.fanout)
    alive = _alive(case, node, parent, size)
    segment = None if segment is None else segment[alive]
    return Children(numbers[alive], rates[alive], law_of(node.fanout), segment, weights is not None)


def _unbounded(numbers: NDArray[np.int64], fanout: Fanout) -> None:
    """Skip where bounds hold back what effects would do: rows were then kept or left out for another reason."""
    low, high = count_bounds(fanout)
    at_bounds = float(((numbers >= high) | (numbers <= low if low else False)).mean())
    if at_bounds > MOST_AT_BOUNDS:
        raise Skip(f"{at_bounds:.0%} of the parents are at the fanout's bounds, and effects act on single rows")


def _alive(case: Case, node: Node, parent: Node, size: int) -> NDArray[np.bool_]:
    """Parents after whose creation there is an instant left for a child; the others have none."""
    column, created = time_column(node), creation_column(parent)
    bounded = column is not None and any(
        bound.way.how == "parent" and not bound.upper for bound in bounds_of(case.document, node, column)
    )
    if column is None or created is None or not bounded:
        return np.ones(size, bool)
    births = case.values(parent.id, created.name).numbers
    return np.asarray(lowest(column.type, births, strict=False) <= latest(case.document, node, column))  # type: ignore[arg-type]


def _rates(
    case: Case, node: Node, fanout: Fanout, parent: Node, size: int
) -> tuple[NDArray[np.float64], NDArray[np.str_] | None]:
    """What multiplies the declared rate for each parent: its segment, its life, its activity by age."""
    factor = np.ones(size)
    behavior, segment = parent.segment_behavior, None
    if behavior is not None and segments.differs(behavior, "fanout_multiplier"):
        values = case.values(parent.id, behavior.segment_column)
        factor *= segments.traits(behavior, values, "fanout_multiplier")
        segment = np.array(values.data.to_pylist(), dtype=np.str_) if values.is_text else values.numbers.astype(np.str_)
    factor *= _lives(case, fanout, parent, size) * parent_factors(case, node, parent)
    return factor, segment


def _lives(case: Case, fanout: Fanout, parent: Node, size: int) -> NDArray[np.float64]:
    """λ is for a whole life; per unit of time it grows with the life, and a curve weighs each age."""
    if fanout.per is None and parent.vintage_behavior is None:
        return np.ones(size)
    window, created = timeframe(case.document), creation_column(parent)
    unit = float(window.length) if fanout.per is None else float(UNIT_DAYS[fanout.per] * DAY)
    if created is None:
        return np.full(size, window.length / unit)
    values = case.values(parent.id, created.name)
    end = np.maximum(window.end + 1 - values.numbers, 0).astype(float)
    begin = np.minimum(np.maximum(window.start - values.numbers, 0).astype(float), end)
    lived: NDArray[np.float64] = end - begin
    if parent.vintage_behavior is not None:
        curve = staircase(multipliers_of(parent.vintage_behavior, None), float(window.length))
        speed = _speed(case, parent)
        lived = (curve.integral(end * speed) - curve.integral(begin * speed)) / speed
    return np.where(values.nulls(), window.length / unit, lived / unit)


def _speed(case: Case, parent: Node) -> Any:
    """How fast each parent ages."""
    behavior = parent.segment_behavior
    if behavior is None or not segments.differs(behavior, "decay_rate"):
        return 1.0
    return segments.traits(behavior, case.values(parent.id, behavior.segment_column), "decay_rate")


def _table(found: Children) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """The law at every rate that occurs, or at evenly spaced ones where there are many."""
    distinct = np.unique(found.rates)
    knots = distinct if len(distinct) <= RATES else np.unique(np.quantile(found.rates, np.linspace(0, 1, RATES)))
    return knots, [found.law(rate) for rate in knots.tolist()]


def _moments(found: Children, rates: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of the count of each parent."""
    knots, laws = _table(found)
    means = np.array([float(np.arange(len(law)) @ law) for law in laws])
    squares = np.array([float(np.arange(len(law)) ** 2 @ law) for law in laws])
    return np.interp(rates, knots, means), np.interp(rates, knots, squares - means**2)


def _mixture(found: Children) -> NDArray[np.float64]:
    """The probabilities of counts over all parents: each parent counts for the two knots beside its rate."""
    knots, laws = _table(found)
    place = np.searchsorted(knots, found.rates, side="right").clip(1, max(len(knots) - 1, 1)) - 1
    above = np.minimum(place + 1, len(knots) - 1)
    gap = knots[above] - knots[place]
    right = np.divide(found.rates - knots[place], gap, out=np.zeros(len(place)), where=gap > 0)
    weight = np.bincount(place, 1 - right, len(knots)) + np.bincount(above, right, len(knots))
    total = np.zeros(max(len(law) for law in laws))
    for law, share in zip(laws, weight / weight.sum(), strict=True):
        total[: len(law)] += share * law
    return total
