"""Touchpoints before conversions: how many, when, through which channels, and what each is credited with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors import attribution
from datagen_core.behaviors.creation import time_column
from datagen_core.instants import DAY
from datagen_core.schema.derived import TOUCH_COLUMNS
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.laws import enough, judge_cumulated, judge_shares
from datagen_core.validation.links import link, parent_rows
from datagen_core.validation.report import Outcome
from datagen_core.validation.values import counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import AttributionChain, Node

EDGES = 200
EXACT = 1e-6
"""Difference up to which a recomputed weight is the same."""
_NUMBER, CHANNEL, TIMESTAMP, POSITION, WEIGHT = TOUCH_COLUMNS


@dataclass(frozen=True)
class Touches:
    """The touchpoints of a table, conversion by conversion and in time order.

    Parameters
    ----------
    order
        Their rows in the table.
    conversion
        The number of each one's conversion in its table.
    distance
        Microseconds before the conversion.
    count
        Touches of every conversion.
    timed
        Which conversions have a time.
    """

    order: NDArray[np.int64]
    conversion: NDArray[np.int64]
    distance: NDArray[np.int64]
    count: NDArray[np.int64]
    timed: NDArray[np.bool_]


def _chains(case: Case) -> Iterator[tuple[Node, AttributionChain]]:
    yield from ((node, node.touches) for node in case.document.nodes if node.touches is not None)


def _touches(case: Case, node: Node) -> Touches:
    return case.once(("touches", node.id), lambda: _ordered(case, node))


def _ordered(case: Case, node: Node) -> Touches:
    fact, found = case.node(node.parents[0]), link(case.document, node, node.parents[0])
    time = time_column(fact)
    if found is None or time is None:
        raise Skip(f"{node.id} can't be told to which {fact.id} its rows belong")
    conversions = case.values(fact.id, time.name)
    whose = parent_rows(case, node, found)
    stamps = case.values(node.id, TIMESTAMP)
    there = np.flatnonzero((whose >= 0) & ~stamps.nulls())
    order = there[np.lexsort((there, stamps.numbers[there], whose[there]))]
    distance = conversions.numbers[whose[order]] - stamps.numbers[order]
    count = np.bincount(whose[order], minlength=len(conversions))
    return Touches(order, whose[order], distance, count, ~conversions.nulls())


@check("values.touchpoints")
def touchpoints(case: Case) -> Iterator[Trial]:
    """Every conversion has its touches, numbered in the order of their times and inside the window before it."""
    for node, chain in _chains(case):
        yield Trial(node.id, (TIMESTAMP, POSITION), partial(_touchpoints, case, node, chain))


def _touchpoints(case: Case, node: Node, chain: AttributionChain) -> Outcome:
    found = _touches(case, node)
    position = case.values(node.id, POSITION).numbers[found.order]
    few = np.where(found.timed, found.count < chain.min_touches, False)
    wrong = {
        "whose position is not their place in time": position != attribution.positions(found.count[found.count > 0]),
        "at or after their conversion": found.distance <= 0,
        f"more than {chain.time_window_days:g} days before it": found.distance > attribution.window(chain),
        f"beyond {chain.max_touches} of one conversion": position > chain.max_touches,
        "of a conversion without a time": ~found.timed[found.conversion],
    }
    rows, lost = len(found.order), int(few.sum())
    broken = int(np.logical_or.reduce(list(wrong.values())).sum()) + lost
    kinds = [f"{int(mask.sum())} {kind}" for kind, mask in wrong.items() if mask.any()]
    kinds += [f"{lost} {node.parents[0]} with fewer than {chain.min_touches}"] if lost else []
    good = f"all {rows} touches lie in order before their {node.parents[0]}"
    message = f"of {rows} touches {', '.join(kinds)}" if broken else good
    return Outcome(not broken, message, broken, 0, effect=broken / max(rows, 1), n=rows)


@check("values.touch_weights")
def touch_weights(case: Case) -> Iterator[Trial]:
    """The weights of a conversion's touches sum to 1 and are those of its attribution model."""
    for node, chain in _chains(case):
        yield Trial(node.id, (WEIGHT,), partial(_touch_weights, case, node, chain))


def _touch_weights(case: Case, node: Node, chain: AttributionChain) -> Outcome:
    found = _touches(case, node)
    weights = case.values(node.id, WEIGHT).numbers[found.order]
    sums = np.bincount(found.conversion, weights, len(found.count))[found.count > 0]
    off = int((np.abs(sums - 1) > EXACT).sum())
    expected = attribution.weights(chain, found.distance, found.count[found.count > 0])
    other = int((np.abs(weights - expected) > EXACT).sum())
    rows = len(weights)
    message = f"all {rows} weights are those of {chain.attribution_model}, and sum to 1"
    if off or other:
        message = f"{other} of {rows} weights are not those of {chain.attribution_model}; {off} sums are not 1"
    return Outcome(not (off or other), message, {"weights": other, "sums": off}, 0, effect=other / max(rows, 1), n=rows)


@check("behaviour.touches")
def touch_counts(case: Case) -> Iterator[Trial]:
    """Conversions have as many touches as declared, each number as often."""
    for node, chain in _chains(case):
        yield Trial(node.id, (), partial(_touch_counts, case, node, chain))


def _touch_counts(case: Case, node: Node, chain: AttributionChain) -> Outcome:
    found = _touches(case, node)
    numbers = np.bincount(found.count[found.timed], minlength=chain.max_touches + 1)
    declared = np.zeros(len(numbers))
    declared[chain.min_touches : chain.max_touches + 1] = 1.0
    return judge_shares(numbers, declared, [f"{number} touches" for number in range(len(numbers))], "touches")


@check("behaviour.channel_mix")
def channel_mixes(case: Case) -> Iterator[Trial]:
    """Channels are as frequent as their weights say."""
    for node, chain in _chains(case):
        yield Trial(node.id, (CHANNEL,), partial(_channel_mix, case, node, chain))


def _channel_mix(case: Case, node: Node, chain: AttributionChain) -> Outcome:
    found = counts(case.values(node.id, CHANNEL))
    declared = dict(zip(chain.channels, chain.channel_weights or (1.0,) * len(chain.channels), strict=True))
    names = list(dict.fromkeys([*declared, *map(str, found)]))
    return judge_shares(
        [found.get(name, 0) for name in names], [declared.get(name, 0.0) for name in names], names, "channels"
    )


@check("behaviour.touch_time")
def touch_times(case: Case) -> Iterator[Trial]:
    """Touches lie before their conversion by an exponential law, truncated to the window."""
    for node, chain in _chains(case):
        yield Trial(node.id, (TIMESTAMP,), partial(_touch_time, case, node, chain))


def _touch_time(case: Case, node: Node, chain: AttributionChain) -> Outcome:
    found = _touches(case, node)
    days = np.sort(found.distance[(found.distance > 0)]) / DAY
    enough(len(days))
    points = np.linspace(0, chain.time_window_days, EDGES + 1)[1:-1]
    mean = chain.time_window_days / 3
    expected = np.expm1(-points / mean) / np.expm1(-chain.time_window_days / mean)
    observed = np.searchsorted(days, points, side="right") / len(days)
    return judge_cumulated(points, observed, expected, len(days), "days before the conversion")
