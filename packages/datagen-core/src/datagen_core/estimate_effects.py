"""What an effect table does to a fanout on average, from its columns' declarations alone.

An instant t of the document's window lies in the window of one of the table's rows with probability
p = P(start ≤ t) · P(end ≥ t). With n rows that can match, each multiplying by m on average, the mean product is
(1 + p·(m−1))ⁿ, and (1−p)ⁿ is the chance that none matches and the default counts. Columns are taken as independent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from datagen_core.generators.choice import ChoiceParams, weights_of
from datagen_core.instants import parse_instant
from datagen_core.schema.domain import interval_of, values_of

if TYPE_CHECKING:
    from datagen_core.behaviors.effects import EffectArgs
    from datagen_core.schema.model import Column, Document, Node

STEPS = 32  # instants of the window that are looked at
LARGEST = 1e12  # beyond it, a fanout's bound decides


def effect_factor(document: Document, args: EffectArgs, rows: float) -> float:
    """The mean factor on a fanout; 1 where the declarations do not say.

    Parameters
    ----------
    rows
        How many rows the effect table is expected to have.
    """
    node = document.node(args.effect_table)
    if node is None:
        return 1.0
    chances = _chances(document, node, args)
    mean = _mean(document, node, args.map.field)
    if chances is None or mean is None:
        return 1.0
    matching = _matching(document, node, args, rows)
    return min(math.fsum(_at(chance, mean, matching, args) for chance in chances) / len(chances), LARGEST)


def overlap(document: Document, args: EffectArgs, rows: float) -> float:
    """How many rows of the effect table act on a row at once, on average; 0 where the declarations do not say."""
    node = document.node(args.effect_table)
    chances = _chances(document, node, args) if node is not None else None
    if node is None or chances is None:
        return 0.0
    return _matching(document, node, args, rows) * math.fsum(chances) / len(chances)


def _at(chance: float, mean: float, matching: float, args: EffectArgs) -> float:
    """The mean effect at an instant at which each row acts with some chance."""
    none = math.pow(1 - chance, matching)
    if args.map.op == "add":
        return matching * chance * mean + none * args.map.default
    grown = max(1 + chance * (mean - 1), 0.0)
    exponent = matching * math.log(grown) if grown else -math.inf
    return math.exp(min(exponent, math.log(LARGEST))) - none * (1 - args.map.default)


def _matching(document: Document, node: Node, args: EffectArgs, rows: float) -> float:
    """How many rows of the table agree with a row's keys."""
    matching = rows
    for name in args.on.values():
        column = node.column(name)
        values = values_of(document, node, column) if column is not None else None
        matching = matching / len(set(values)) if values else min(matching, 1.0)
    return matching


def _chances(document: Document, node: Node, args: EffectArgs) -> list[float] | None:
    """At some instants of the document's window: the chance that a row of the table acts."""
    first = parse_instant(document.timeframe.start) or 0
    last = parse_instant(document.timeframe.end, end=True) or 0
    instants = [first + (last - first) * (step + 0.5) / STEPS for step in range(STEPS)]
    if args.window is None:
        return [1.0 for _ in instants]
    start, end = node.column(args.window.start_col), node.column(args.window.end_col)
    if start is None or end is None:
        return None
    open_ended = end.null_rate or 0.0
    chances: list[float] = []
    for instant in instants:
        begun, over = (_share_below(document, node, column, instant) for column in (start, end))
        if begun is None or over is None:
            return None
        chances.append(begun * (open_ended + (1 - open_ended) * (1 - over)))
    return chances


def _share_below(document: Document, node: Node, column: Column, instant: float) -> float | None:
    """The share of a column's times up to an instant."""
    values = values_of(document, node, column)
    if values:
        times = [parse_instant(value) for value in values if isinstance(value, str)]
        return sum(time is not None and time <= instant for time in times) / len(values)
    interval = interval_of(document, node, column)
    if interval is None:
        return None
    length = max(interval.high - interval.low, 1.0)
    return min(max((instant - interval.low) / length, 0.0), 1.0)


def _mean(document: Document, node: Node, name: str) -> float | None:
    """The mean of a column of numbers; 1 where the table has no such column, as the language says of a match."""
    column = node.column(name)
    if column is None:
        return 1.0
    params = column.generator.params
    if isinstance(params, ChoiceParams) and params.choices and not column.modifiers:
        shares = weights_of(params, len(params.choices))
        numbers = [value for value in params.choices if isinstance(value, int | float)]
        return math.fsum(share * value for share, value in zip(shares, numbers, strict=False))
    interval = interval_of(document, node, column)
    middle = (interval.low + interval.high) / 2 if interval is not None else math.nan
    return middle if math.isfinite(middle) else None
