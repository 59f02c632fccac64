"""What a careful reader of a document would ask its author about: nothing is wrong, and the data may not be what was meant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datagen_core.behaviors.effects import EffectArgs
from datagen_core.behaviors.transitions import PERIODS
from datagen_core.distributions import DistributionParams
from datagen_core.engine.notes import notes
from datagen_core.estimate import base_rate, bounds, children_before_bounds
from datagen_core.estimate_effects import effect_factor, overlap
from datagen_core.estimate_steps import timeframe_days
from datagen_core.generators.choice import ChoiceParams
from datagen_core.generators.datetime_series import DatetimeSeriesParams
from datagen_core.instants import DAY, UNIT_DAYS, parse_freq
from datagen_core.validation.cdf import Cumulative

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from datagen_core.plan import Plan, TablePlan
    from datagen_core.schema.model import Column, Document, Node

ABSURD = 5.0  # a mean factor on a rate beyond which, or below whose inverse, the author is asked
SUM_OFF = 0.005  # of 1 (or 100): weights that were meant as shares and miss something
CLIPPED = 0.1  # the share of values on the bounds
CYCLES = {"hour": 1.0, "dow": 7.0, "month": 365.0}
"""Days after which a pattern begins again."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to ask about: where, and what."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def warnings(plan: Plan) -> Iterator[Warned]:
    """Everything that is worth asking about, by kind and in the document's order."""
    for note in notes(plan.document):
        place, _, message = note.partition(": ")
        yield Warned(place, message)
    for check in _OF_DOCUMENT:
        yield from check(plan)
    tables = {table.node.id: table for table in plan.tables}
    for node in plan.document.nodes:
        for of_table in _OF_TABLE:
            yield from of_table(plan, tables[node.id])
        for column in node.columns:
            for of_column in _OF_COLUMN:
                yield from of_column(plan.document, node, column)


# --- tables and rows ---------------------------------------------------------------------------------------------------


def _unused(plan: Plan) -> Iterator[Warned]:
    """Tables that nothing refers to and that refer to nothing."""
    used = {name for table in plan.tables for name in table.needs}
    used |= {name for key in plan.document.constraints.foreign_keys for name in (key.target.rpartition(".")[0],)}
    for table in plan.tables:
        if len(plan.tables) > 1 and table.node.id not in used and not table.needs:
            yield Warned(table.node.id, "no other table refers to it, and it refers to none")


def _nothing(plan: Plan, table: TablePlan) -> Iterator[Warned]:
    if table.rows < 0.5:
        yield Warned(table.node.id, f"has {table.rows:.2g} rows on average")


def _overlapping(plan: Plan, table: TablePlan) -> Iterator[Warned]:
    """Effects whose many open windows multiply to what nobody means."""
    for use in table.node.modifiers:
        if isinstance(use.params, EffectArgs):
            rows = plan.table(use.params.effect_table).rows
            yield from _effect(plan.document, table.node.id, use.params, rows)


def _effect_on_values(plan: Plan, table: TablePlan) -> Iterator[Warned]:
    for column in table.node.columns:
        for use in column.modifiers:
            if isinstance(use.params, EffectArgs):
                rows = plan.table(use.params.effect_table).rows
                yield from _effect(plan.document, f"{table.node.id}.{column.name}", use.params, rows)


def _effect(document: Document, place: str, args: EffectArgs, rows: float) -> Iterator[Warned]:
    factor, together = effect_factor(document, args, rows), overlap(document, args, rows)
    if together > 2 and not 1 / ABSURD <= factor <= ABSURD:
        amount = f"by {factor:.2g}" if factor < 1e6 else "beyond all measure"
        yield Warned(
            place,
            f"about {together:.0f} windows of {args.effect_table} are open at once for each row, and together they "
            f'multiply {amount} on average; give {args.effect_table} a row for each window ("rows"), or its keys in "on"',
        )


def _bounded(plan: Plan, table: TablePlan) -> Iterator[Warned]:
    """Fanouts whose bounds decide in place of their rate."""
    fanout = table.node.fanout
    if fanout is None or not table.node.parents or fanout.distribution == "uniform":
        return
    low, high = bounds(fanout)
    own = base_rate(fanout)
    if own > high:
        yield Warned(table.node.id, f"lambda {own:g} is above max {high:g}: nearly every parent has {high:g} rows")
        return
    rows = {one.node.id: one.rows for one in plan.tables}
    rate = children_before_bounds(plan.document, table.node, rows)
    if math.isfinite(high) and rate > high:
        grown = f"about {rate:.3g}" if rate < 1e6 else "millions"
        yield Warned(
            table.node.id,
            f"multipliers raise lambda {own:g} to {grown}, and max {high:g} cuts that off: the max decides, "
            "not the rate",
        )
    if 0 < rate < low:
        yield Warned(table.node.id, f"a parent expects {rate:.3g} rows, and min {low:g} decides in their place")


# --- processes ---------------------------------------------------------------------------------------------------------


def _short_window(plan: Plan, table: TablePlan) -> Iterator[Warned]:
    """State models whose timeframe is shorter than a period."""
    model, days = table.node.state_transition_model, timeframe_days(plan.document)
    if model is not None and days < PERIODS[model.period_unit]:
        yield Warned(
            table.node.id, f"the timeframe has {days:.3g} days, and a {model.period_unit} of the state model is longer"
        )
    parent = table.node
    for name, one in parent.vintage_behavior.age_based_multipliers.items() if parent.vintage_behavior else ():
        unit = UNIT_DAYS[one.time_unit]
        if days < unit:
            yield Warned(
                f"{parent.id}.{name}", f"the curve goes by {one.time_unit}s, and the timeframe ends in its first"
            )


def _unreached(plan: Plan, table: TablePlan) -> Iterator[Warned]:
    """States that nothing leads to."""
    model = table.node.state_transition_model
    if model is None:
        return
    reached, waiting = {model.initial_state}, [model.initial_state]
    while waiting:
        following = [name for name, share in model.states[waiting.pop()].next_states.items() if share > 0]
        waiting += [name for name in following if name not in reached and name in model.states]
        reached |= set(following)
    for name in model.states:
        if name not in reached:
            yield Warned(table.node.id, f'nothing leads to the state "{name}"')


def _capped(plan: Plan, table: TablePlan) -> Iterator[Warned]:
    """Rates of a funnel that a segment's multiplier lifts above 1."""
    config = table.node.stage_config
    for segment, one in config.segment_variation.items() if config is not None else ():
        for stage in config.stages[1:] if config is not None else ():
            rate = stage.transition_rate * one.transition_multiplier
            if rate > 1:
                yield Warned(
                    table.node.id,
                    f'{segment} would reach "{stage.stage_name}" at a rate of {rate:.2f}; it is cut off at 1',
                )


# --- columns -----------------------------------------------------------------------------------------------------------


def _constant(document: Document, node: Node, column: Column) -> Iterator[Warned]:
    params = column.generator.params
    if isinstance(params, ChoiceParams) and params.choices is not None:
        weights = params.weights or (1.0,) * len(params.choices)
        possible = {str(value) for value, weight in zip(params.choices, weights, strict=False) if weight > 0}
        if len(possible) == 1:
            yield Warned(f"{node.id}.{column.name}", f"every row has {possible.pop()}: it is the only choice")
    if isinstance(params, DistributionParams):
        given = params.params.given()
        spread = given.get("std", given.get("sigma"))
        if spread == 0 or ("low" in given and given["low"] == given.get("high")):
            yield Warned(f"{node.id}.{column.name}", "every row has the same value: the distribution has no spread")


def _weights(document: Document, node: Node, column: Column) -> Iterator[Warned]:
    """Weights that were meant as shares, and whose sum is not 1."""
    params = column.generator.params
    if not isinstance(params, ChoiceParams) or params.weights is None:
        return
    total = math.fsum(params.weights)
    near = min((1.0, 100.0), key=lambda whole: abs(total - whole) / whole)
    if SUM_OFF < abs(total - near) / near < 0.25 and all(weight <= near for weight in params.weights):
        yield Warned(
            f"{node.id}.{column.name}",
            f"the weights sum to {total:g}, not {near:g}; each counts as a share of that sum",
        )


def _piled(document: Document, node: Node, column: Column) -> Iterator[Warned]:
    """Clamps that put a large share of the values on a bound."""
    params = column.generator.params
    if not isinstance(params, DistributionParams) or params.clamp is None:
        return
    law = Cumulative(DistributionParams(kind=params.kind, params=params.params))
    low, high = params.clamp
    for share, bound in ((law.at(low), low), (1 - law.at(high), high)):
        if share > CLIPPED and law.kind not in {"poisson", "binomial", "geometric", "negative_binomial"}:
            yield Warned(
                f"{node.id}.{column.name}",
                f'{share:.0%} of the values lie beyond {bound:g} and are clipped to it; "truncate" draws them again',
            )


def _flat_pattern(document: Document, node: Node, column: Column) -> Iterator[Warned]:
    """Patterns that the grid or the timeframe makes pointless."""
    params = column.generator.params
    if not isinstance(params, DatetimeSeriesParams):
        return
    freq = parse_freq(params.freq or document.timeframe.freq)
    step = math.inf if freq is None or not freq.micros else freq.micros / DAY
    days, place = timeframe_days(document), f"{node.id}.{column.name}"
    for pattern in params.all_patterns:
        if pattern.dimension == "hour" and step >= 1:
            yield Warned(place, "its grid has one instant a day or fewer, so that the pattern by hour does nothing")
        elif pattern.dimension == "dow" and step == CYCLES["dow"]:
            yield Warned(place, "its grid has one instant a week, so that the pattern by day of the week does nothing")
        elif params.within == "timeframe" and days < 0.9 * CYCLES[pattern.dimension]:
            yield Warned(place, f"the timeframe has {days:.3g} days, and not all of the pattern by {pattern.dimension}")


_OF_DOCUMENT: tuple[Callable[[Plan], Iterator[Warned]], ...] = (_unused,)
_OF_TABLE: tuple[Callable[[Plan, TablePlan], Iterator[Warned]], ...] = (
    _nothing,
    _overlapping,
    _effect_on_values,
    _bounded,
    _short_window,
    _unreached,
    _capped,
)
_OF_COLUMN: tuple[Callable[[Document, Node, Column], Iterator[Warned]], ...] = (
    _constant,
    _weights,
    _piled,
    _flat_pattern,
)
