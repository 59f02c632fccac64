"""By choice: where a relation does not hold, the one input that is itself called wrong is solved from the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from datapolisher.documents import Finding
from datapolisher.expressions import Call, Cast, Column, Expression, all_of, any_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._formulas import formula
from datapolisher.fixes.data._places import Spot, in_key, spot
from datapolisher.sql import INTEGERS
from datapolisher.steps import Step, Update

_HALF_A_CENT = 0.005
_DIGITS = 2
# An operation → how its left and its right side follow from the result (r) and the other side (o).
_LEFT = {"plus": ("minus", "ro"), "minus": ("plus", "ro"), "times": ("over", "ro"), "over": ("times", "ro")}
_RIGHT = {"plus": ("minus", "ro"), "minus": ("minus", "or"), "times": ("over", "ro"), "over": ("over", "or")}


class _Relation(NamedTuple):
    """The result, the relation's right side, the input that is called wrong, and how far they may differ."""

    result: Spot
    value: Expression
    wrong: Spot
    tolerance: float


def _relation(finding: Finding, context: Context) -> _Relation | None:
    named = finding.details.get("result_column")
    result = spot(finding, context, named if isinstance(named, str) else None)
    said = str(finding.details.get("formula") or "")
    if result is None or not said:
        return None
    value = formula(said.partition("=")[2] if "=" in said else said, result.table, context)
    inputs = {node.name for node in value.walk() if isinstance(node, Column)} - {result.column} if value else set()
    wrong = [name for name in sorted(inputs) if (result.table, name) in context.flagged]
    place = spot(finding, context, wrong[0]) if len(wrong) == 1 else None
    if value is None or place is None or in_key(context, place) or (result.table, result.column) in context.flagged:
        return None
    if place.type != "DOUBLE" and place.type not in INTEGERS:
        return None
    tolerance = finding.details.get("tolerance")
    return _Relation(result, value, place, float(tolerance) if isinstance(tolerance, int | float) else _HALF_A_CENT)


def solved(node: Expression, name: str, result: Expression) -> Expression | None:
    """The column `name` from ``node = result``; None where it stands not exactly once, or within what has no inverse."""
    if node == Column(name):
        return result
    if isinstance(node, Call) and node.op in {"round_double", "round_away"}:
        return solved(node.args[0], name, result)
    if isinstance(node, Cast):
        return solved(node.of, name, result)
    if not isinstance(node, Call) or node.op not in _LEFT:
        return None
    sides = [sum(part == Column(name) for part in side.walk()) for side in node.args]
    if sorted(sides) != [0, 1]:
        return None
    at = sides.index(1)
    op, order = (_LEFT, _RIGHT)[at][node.op]
    known = {"r": result, "o": node.args[1 - at]}
    return solved(node.args[at], name, call(op, *(known[letter] for letter in order)))


def _with(node: Expression, name: str, value: Expression) -> Expression:
    """The expression with another value for a column."""
    if node == Column(name):
        return value
    if isinstance(node, Call):
        return Call(node.op, tuple(_with(arg, name, value) for arg in node.args))
    return Cast(_with(node.of, name, value), node.type, node.lenient) if isinstance(node, Cast) else node


def _off(relation: _Relation, value: Expression) -> Expression:
    """How far the result lies from the relation's right side."""
    return call("absolute", call("minus", Cast(value, "DOUBLE"), Cast(relation.result.here, "DOUBLE")))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    relation = _relation(finding, context)
    if relation is None:
        return []
    wrong = relation.wrong
    found = solved(relation.value, wrong.column, relation.result.here)
    if found is None:
        return []
    rounded = call("round_double", Cast(found, "DOUBLE"), 0 if wrong.type in INTEGERS else _DIGITS)
    value = rounded if wrong.type == "DOUBLE" else Cast(rounded, wrong.type)
    broken = any_of([call("is_null", wrong.here), call("above", _off(relation, relation.value), relation.tolerance)])
    holds = call("at_most", _off(relation, _with(relation.value, wrong.column, value)), relation.tolerance)
    return [Update(wrong.table, wrong.column, value, all_of([broken, holds]))]


def _plan(finding: Finding, context: Context) -> str:
    relation = _relation(finding, context)
    name = relation.wrong.column if relation else ""
    return f"solve {finding.table}.{name} from {finding.details.get('formula')} where it does not hold"


SPEC = FixSpec(
    id="solve_for_input",
    title="Solve a relation for the input that is itself called wrong",
    path="postprocess",
    defects=("arithmetic_mismatch",),
    order=Order.DERIVED,
    safe="Only for the one input that another finding calls wrong, where the relation then holds: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "that the other columns are right, the data does not say"),
    plan=_plan,
    steps=_steps,
    by_choice=True,
)
