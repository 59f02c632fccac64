"""How many rows and bytes a document will make: told to people before work begins, never used for the rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from datagen_core.behaviors.effects import EffectArgs
from datagen_core.estimate_effects import effect_factor
from datagen_core.estimate_steps import alive, lateness, segment_shares, steps, timeframe_days
from datagen_core.generators.lookup import LookupParams
from datagen_core.instants import UNIT_DAYS
from datagen_core.schema.model import ParametricCurve
from datagen_core.sizes import own_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from datagen_core.schema.model import AgeMultiplier, Column, Document, Fanout, Node, VintageBehavior

STEPS = 48  # of the integrals over a parent's life; 2 % is enough for an estimate
BYTES = {"int": 1.0, "float": 7.6, "string": 11.0, "bool": 0.1, "datetime": 5.0, "date": 3.3}
"""Bytes of a value by column type in the Parquet that we write (zstd), measured on the documents of the tests."""
GENERATED = {"sequence": 0.05, "choice": 0.5, "enum_list": 4.0, "lookup": 1.5}
"""The same by generator, where that says more than the type."""
COLUMN_BYTES = 400  # what a column costs in a file, however few its rows
OF_PARENT = 0.1  # a value that repeats for each of a parent's children


def row_bytes(node: Node) -> float:
    """About how many bytes a row of a table takes in a compressed Parquet file."""
    return math.fsum(_value_bytes(node, column) for column in node.columns)


def _value_bytes(node: Node, column: Column) -> float:
    if column.modifiers:
        return BYTES[column.type]
    params = column.generator.params
    if isinstance(params, LookupParams) and params.on is None and params.table in node.parents[:1]:
        return OF_PARENT
    return GENERATED.get(column.generator.name, BYTES[column.type])


def expected_rows(nodes: Iterable[Node], document: Document) -> dict[str, float]:
    """Rows to expect by table; `nodes` come parents first."""
    rows: dict[str, float] = {}
    for node in nodes:
        if node.kind == "fact" and node.parents:
            parent = document.node(node.parents[0])
            children = _children(node, parent, document, rows) if parent is not None else 0.0
            rows[node.id] = rows.get(node.parents[0], 0.0) * children
        else:
            rows[node.id] = float(own_rows(node))
    return rows


def _children(node: Node, parent: Node, document: Document, rows: Mapping[str, float]) -> float:
    """The mean number of rows for each row of the primary parent."""
    if node.touches is not None:
        return (node.touches.min_touches + node.touches.max_touches) / 2
    if node.process is not None:
        return steps(node.process, parent, document)
    if node.fanout is None:
        return 1.0
    lowest, highest = total_bounds(node.fanout)
    return min(max(children_before_bounds(document, node, rows), lowest), highest)


def children_before_bounds(document: Document, node: Node, rows: Mapping[str, float]) -> float:
    """The mean rate of a fanout, multipliers and effects included, before its bounds.

    Parameters
    ----------
    rows
        Rows to expect of the tables that come before it.
    """
    parent = document.node(node.parents[0]) if node.parents else None
    if node.fanout is None or parent is None:
        return 1.0
    rate = base_rate(node.fanout) * _segments(parent) * _life(node.fanout, parent, document)
    for use in node.modifiers:
        if isinstance(use.params, EffectArgs):
            rate *= effect_factor(document, use.params, rows.get(use.params.effect_table, 0.0))
    return rate


def bounds(fanout: Fanout) -> tuple[float, float]:
    """Fewest and most children of a parent."""
    low, high = fanout.clamp or (None, None)
    lowest = fanout.min if fanout.min is not None else low
    highest = fanout.max if fanout.max is not None else high
    return float(lowest or 0), math.inf if highest is None else float(highest)


def total_bounds(fanout: Fanout) -> tuple[float, float]:
    """Fewest and most children over a parent's whole life: those of a uniform rate bound each unit of it alone."""
    return (0.0, math.inf) if fanout.distribution == "uniform" and fanout.per is not None else bounds(fanout)


def base_rate(fanout: Fanout) -> float:
    """The mean of a fanout before multipliers and bounds."""
    if fanout.distribution == "uniform":
        lowest, highest = bounds(fanout)
        return (lowest + highest) / 2 if math.isfinite(highest) else (fanout.rate or lowest)
    return 1.0 if fanout.rate is None else fanout.rate


def _segments(parent: Node) -> float:
    """The mean of the segments' multipliers, by the segments' shares."""
    behavior = parent.segment_behavior
    if behavior is None or not behavior.behaviors:
        return 1.0
    multipliers = {name: traits.fanout_multiplier for name, traits in behavior.behaviors.items()}
    shares = segment_shares(parent, behavior.segment_column, multipliers)
    return math.fsum(share * multipliers.get(name, 1.0) for name, share in shares.items())


def _life(fanout: Fanout, parent: Node, document: Document) -> float:
    """What the length of a parent's life does: a rate per unit of time, and curves of activity by age."""
    days = timeframe_days(document)
    factor = 1.0
    if fanout.per is not None:
        factor *= days / UNIT_DAYS[fanout.per]
    vintage = parent.vintage_behavior
    late = lateness(document, parent)
    if vintage is None and (fanout.per is None or not late):
        return factor
    shares = [(step + 0.5) / STEPS for step in range(STEPS)]
    living = [alive(late or 1, share) for share in shares] if days else [0.0]
    activity = [1.0 if vintage is None else _activity(vintage, days * share) for share in shares]
    return factor * sum(left * active for left, active in zip(living, activity, strict=True)) / STEPS


def _activity(vintage: VintageBehavior, days: float) -> float:
    factor = 1.0
    for multiplier in vintage.age_based_multipliers.values():
        targets = (multiplier.applies_to,) if isinstance(multiplier.applies_to, str) else multiplier.applies_to
        if {"fanout", "all"} & set(targets):
            factor *= curve_at(multiplier, days)
    return factor


def curve_at(multiplier: AgeMultiplier, days: float) -> float:
    """The value of a curve at an age in days: a list's element (the last one stays), or the formula, never below 0."""
    age = days / UNIT_DAYS[multiplier.time_unit]
    curve = multiplier.curve
    if not isinstance(curve, ParametricCurve):
        return curve[min(int(age), len(curve) - 1)] if curve else 1.0
    a = 1.0 if curve.params.a is None else curve.params.a
    b = 0.0 if curve.params.b is None else curve.params.b
    formulas = {
        "logarithmic": lambda: a + b * math.log(age + 1),
        "exponential": lambda: a * math.exp(min(b * age, 700.0)),
        "linear": lambda: a + b * age,
    }
    return max(formulas[curve.curve_type](), 0.0)
