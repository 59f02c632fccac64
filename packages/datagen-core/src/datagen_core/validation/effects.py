"""What effects on a table do to how often its rows occur.

An effect that all children of a parent feel alike multiplies the parent's rate. Any other effect f keeps a row in proportion
to f, by the row's own keys or time; a row that is there then stands for 1/f rows that would be there without it (Horvitz and
Thompson 1952), and weighing it so undoes the effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors.creation import own_time, time_column
from datagen_core.behaviors.effects import EffectArgs, EffectIndex
from datagen_core.behaviors.references import lookups
from datagen_core.validation.case import Case, Skip
from datagen_core.validation.links import follow, link

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from datagen_core.schema.model import Node
    from datagen_core.values import Values


SMALLEST = 0.05
"""An effect that keeps fewer rows than this share leaves too few to weigh."""
HEAVIEST = 10.0
"""No row may stand for more than this many times the mean."""


def table_effects(node: Node) -> list[EffectArgs]:
    """The effects on a table's fanout."""
    return [use.params for use in node.modifiers if isinstance(use.params, EffectArgs)]


def parent_factors(case: Case, node: Node, parent: Node) -> NDArray[np.float64]:
    """What the effects that a parent's children feel alike make of each parent's rate."""
    factors = np.ones(case.table(parent.id).rows)
    for args in table_effects(node):
        copied = _copied(case, node, parent, args)
        if copied is not None:
            _multiplies(args)
            own = own_time(parent) if args.window is not None else None
            times = case.values(parent.id, own.name) if own is not None else None
            keys = [case.values(parent.id, name) for name in copied]
            factors *= np.maximum(_at(case, args, keys, times, len(factors)), 0.0)
    return factors


def _copied(case: Case, node: Node, parent: Node, args: EffectArgs) -> list[str] | None:
    """The parent's columns that the effect's keys are copies of; None where rows of a parent feel it differently."""
    if args.window is not None and own_time(parent) is None:
        return None
    copies = {
        column.name: params.column
        for column, params in lookups(case.document, node)
        if params.table == parent.id and not params.pairs and not column.modifiers and not column.null_rate
    }
    return [copies[name] for name in args.on] if all(name in copies for name in args.on) else None


def row_weights(case: Case, node: Node) -> NDArray[np.float64] | None:
    """For each row one over the effects that kept it; None where every effect acts on whole parents.

    Raises
    ------
    Skip
        An effect adds, or it may be so small that the few rows it leaves would stand for most.
    """
    parent = case.document.node(node.parents[0]) if node.parents else None
    effects = [args for args in table_effects(node) if parent is None or _copied(case, node, parent, args) is None]
    if not effects:
        return None
    return case.once(("weights", node.id), lambda: _weights(case, node, effects))


def _weights(case: Case, node: Node, effects: list[EffectArgs]) -> NDArray[np.float64]:
    weights = np.ones(case.table(node.id).rows)
    for args in effects:
        _multiplies(args)
        _not_small(case, args)
        weights /= felt(case, node, args, _times(case, node) if args.window is not None else None)
    if len(weights) and weights.max() > HEAVIEST * weights.mean():
        raise Skip("the effects on the table leave too few rows of some kind")
    return weights


def _multiplies(args: EffectArgs) -> None:
    if args.map.op != "mul":
        raise Skip("an effect adds to the fanout")


def felt(case: Case, node: Node, args: EffectArgs, times: Values | None) -> NDArray[np.float64]:
    """An effect on each row of a table, at given times."""
    keys = [case.values(node.id, name) for name in args.on]
    return _at(case, args, keys, times, case.table(node.id).rows)


def _at(case: Case, args: EffectArgs, keys: list[Values], times: Values | None, rows: int) -> NDArray[np.float64]:
    index = EffectIndex(args, case.document, case.values)
    found = index.at(keys, None if times is None else times.numbers, rows)
    if times is not None and times.valid is not None:
        found = np.where(times.valid, found, args.map.default)
    return np.asarray(found, np.float64)


def _not_small(case: Case, args: EffectArgs) -> None:
    """Skip where an effect may leave (nearly) no row."""
    other = case.node(args.effect_table)
    if other.column(args.map.field) is not None:
        values = case.values(other.id, args.map.field)
        if (values.numbers[~values.nulls()] <= SMALLEST).any():
            raise Skip("an effect near 0 leaves no rows that could be weighed")
    if args.map.default <= SMALLEST:
        raise Skip("an effect near 0 leaves no rows that could be weighed")


def _times(case: Case, node: Node) -> Values:
    """The time at which an effect acts on the fanout: the parent's own, else the row's."""
    parent = case.document.node(node.parents[0]) if node.parents else None
    own = own_time(parent) if parent is not None else None
    if parent is not None and own is not None:
        found = link(case.document, node, parent.id)
        if found is None:
            raise Skip(f"{node.id} has no key of {parent.id}")
        return follow(case, node, found, own.name)
    column = time_column(node)
    if column is None:
        raise Skip(f"{node.id} has no time for its effect")
    if any(use.name not in {"seasonality"} for use in column.modifiers):
        raise Skip("modifiers moved the times at which the effect acted")
    return case.values(node.id, column.name)
