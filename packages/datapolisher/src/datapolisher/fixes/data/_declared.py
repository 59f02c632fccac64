"""What the schema's generators say about the values of a column: a value is known only where nothing moves it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from datapolisher.expressions import Call, Cast, Expression, all_of, call
from datapolisher.fixes.base import Context
from datapolisher.fixes.data._places import Spot
from datapolisher.sql import is_number
from datapolisher.workbench import Workbench

# Of values that are there, the share that has to be what the schema says, among enough to tell.
_AGREE, _ENOUGH = 0.95, 20
# Half a cent, with what is left of adding doubles; the widest near miss; the share of them that is few.
_HALF_A_CENT, _NEAR, _FEW = 0.005 + 1e-6, 0.05, 0.001


def generator_of(table: str, column: str, context: Context) -> Mapping[str, Any]:
    """The column's generator; empty where modifiers or behaviors move its values, so that it does not tell them.

    A modifier ``round`` is no such move: see `as_rounded`.
    """
    definition = context.declared_column(table, column) or {}
    said: Any = definition.get("generator")
    if not isinstance(said, Mapping) or any(name != "round" for name, _ in _modifiers(definition)):
        return {}
    return {} if column in (moved := set(_moved(context))) or "all" in moved else said


def as_rounded(value: Expression, table: str, column: str, context: Context) -> Expression:
    """The value as the column's modifiers ``round`` leave it."""
    for _, args in _modifiers(context.declared_column(table, column) or {}):
        digits = args.get("digits", 0)
        if isinstance(digits, int):
            value = call("round_double", Cast(value, "DOUBLE"), digits)
    return value


def is_rounded(table: str, column: str, context: Context) -> bool:
    """Whether modifiers round the column's values."""
    return any(True for _ in _modifiers(context.declared_column(table, column) or {}))


def agrees(place: Spot, value: Expression, context: Context) -> bool:
    """Whether nearly all values that are there are the ones that the schema says; True where too few are there to tell."""

    def look() -> bool:
        both = all_of([call("not_null", place.here), call("not_null", value)])
        with Workbench(context.dataset) as bench:
            total, same = bench.counts(place.table, both, [_same(place, value)])
        return total < _ENOUGH or same >= _AGREE * total

    return context.once(("agrees", place, value), look)


def is_exact(place: Spot, value: Expression, context: Context) -> bool:
    """Whether (nearly) no number that is there misses the one that the schema says by a little.

    Inputs that were rounded after the result was computed from them give it to within some cents: near, and not known.
    """
    if not is_number(place.type):
        return True
    off = call("absolute", _off(place, _unrounded(value)))
    near = all_of([call("above", off, _HALF_A_CENT), call("at_most", off, _NEAR)])

    def look() -> bool:
        both = all_of([call("not_null", place.here), call("not_null", value)])
        with Workbench(context.dataset) as bench:
            total, missed = bench.counts(place.table, both, [near])
        return total < _ENOUGH or missed <= _FEW * total

    return context.once(("exact", place, value), look)


def _unrounded(value: Expression) -> Expression:
    """The value before it is rounded at last: between two roundings of a tie, neither is a miss."""
    return value.args[0] if isinstance(value, Call) and value.op in {"round_double", "round_away"} else value


def _off(place: Spot, value: Expression) -> Expression:
    return call("minus", Cast(place.here, "DOUBLE"), Cast(value, "DOUBLE"))


def _same(place: Spot, value: Expression) -> Expression:
    if is_number(place.type):
        return call("at_most", call("absolute", _off(place, value)), _HALF_A_CENT)
    return call("equal", place.here, Cast(value, place.type))


def _modifiers(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    said = definition.get("modifiers")
    for modifier in said if isinstance(said, list) else ():
        named = modifier.get("transform") if isinstance(modifier, Mapping) else None
        args = modifier.get("args") if isinstance(modifier, Mapping) else None
        yield str(named), args if isinstance(args, Mapping) else {}


def _moved(context: Context) -> Iterator[str]:
    """Columns that behaviors of some table act on, whichever table they are in; ``all`` for all of them."""
    nodes: Any = context.schema.tree.get("nodes") if context.schema else None
    for node in nodes if isinstance(nodes, list) else ():
        for behavior in ("segment_behavior", "vintage_behavior") if isinstance(node, Mapping) else ():
            yield from _applied(node.get(behavior))


def _applied(said: Any) -> Iterator[str]:
    if isinstance(said, Mapping):
        for key, value in said.items():
            if key in {"applies_to", "applies_to_columns"}:
                yield from map(str, value if isinstance(value, list) else [value])
            else:
                yield from _applied(value)
    elif isinstance(said, list):
        for value in said:
            yield from _applied(value)
