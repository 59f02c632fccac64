"""A derived column that does not agree with its declared formula: compute it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from datapolisher.documents import Finding
from datapolisher.expressions import Call, Cast, Column, Expression, Value, all_of, any_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._declared import as_rounded, generator_of, is_exact
from datapolisher.fixes.data._formulas import formula
from datapolisher.fixes.data._places import Spot, in_key, spot
from datapolisher.fixes.data.quarantine_nulls import looked_up
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench

_MONEY_THAT_MOVED = re.compile(r"payment|invoice|refund|charge|transaction|transfer|payout|ledger", re.IGNORECASE)
_HALF_A_CENT = 0.005
_NOISE = 1e-6


def _place(finding: Finding, context: Context) -> Spot | None:
    named = finding.details.get("result_column")
    found = spot(finding, context, named if isinstance(named, str) else None)
    return None if found is None or in_key(context, found) else found


def _declared(place: Spot, context: Context) -> Expression | None:
    """The formula that the schema declares for this column."""
    said = generator_of(place.table, place.column, context).get("expression")
    value = formula(said, place.table, context) if said else None
    return as_rounded(value, place.table, place.column, context) if value is not None else None


def differs(place: Spot, value: Expression, tolerance: Any) -> Expression:
    """Rows whose value is missing, or off by more than the tolerance (for numbers)."""
    missing = all_missing(place, value)
    if place.is_text or place.type in {"BOOLEAN", "DATE"} or place.type.startswith("TIMESTAMP"):
        return any_of([missing, call("unequal", place.here, Cast(value, place.type))])
    plain, half_a_unit = _unrounded(value)
    said = float(tolerance) if isinstance(tolerance, int | float) else _HALF_A_CENT
    off = call("absolute", call("minus", Cast(place.here, "DOUBLE"), Cast(plain, "DOUBLE")))
    return any_of([missing, call("above", off, max(said, half_a_unit))])


def _unrounded(value: Expression) -> tuple[Expression, float]:
    """What is rounded at last, and half a unit of its last digit: between two roundings of a tie, neither is wrong."""
    if isinstance(value, Call) and value.op in {"round_double", "round_away"} and isinstance(value.args[1], Value):
        return value.args[0], 0.5 * 10.0 ** -int(str(value.args[1].value)) + _NOISE
    return value, 0.0


def as_the_data_rounds(place: Spot, value: Expression, context: Context) -> Expression:
    """The value, its ties rounded as most rows that keep the formula do: half to even, or away from zero."""
    if not isinstance(value, Call) or value.op != "round_double":
        return value
    other = Call("round_away", value.args)
    even, away = context.once(("ties", place, value), lambda: _ties(place, value, other, context))
    return other if away > even else value


def _ties(place: Spot, value: Expression, other: Expression, context: Context) -> tuple[int, int]:
    """Rows in which the two differ, and whose cell is the one, or the other."""
    with Workbench(context.dataset) as bench:
        cells = [call("equal", place.here, either) for either in (value, other)]
        _, even, away = bench.counts(place.table, call("unequal", value, other), cells)
    return even, away


def all_missing(place: Spot, value: Expression) -> Expression:
    """Rows without a value where the formula has one."""
    return call("both", call("is_null", place.here), call("not_null", value))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = _place(finding, context)
    value = _declared(place, context) if place else None
    if place is None or value is None:
        return []
    value = as_the_data_rounds(place, value, context)
    off = differs(place, value, finding.details.get("tolerance"))
    return [*_mended_inputs(place, value, off, context), Update(place.table, place.column, value, off)]


def _mended_inputs(place: Spot, value: Expression, off: Expression, context: Context) -> Iterator[Step]:
    """Where the formula does not hold, its inputs first: those that the schema looks up get their parent's value."""
    for name in sorted({node.name for node in value.walk() if isinstance(node, Column)} - {place.column}):
        type_ = context.type_of(place.table, name)
        known = looked_up(Spot(place.table, name, type_), context) if type_ else None
        if known is not None:
            other = all_of([off, call("not_null", known), call("unequal", Column(name), known)])
            yield Update(place.table, name, known, other)


def _policy(finding: Finding, context: Context) -> Decision:
    if _MONEY_THAT_MOVED.search(finding.table or "") and context.role_of(finding.table or "", _column(finding)) in {
        "amount",
        "tax",
        "balance",
    }:
        return Decision("ask", "money that has moved is changed only by choice")
    place = _place(finding, context)
    value = _declared(place, context) if place else None
    if place is not None and value is not None and not is_exact(place, value, context):
        return Decision("ask", "the formula gives the value to within the rounding of its inputs only")
    return Decision("fix", "the schema declares the formula, so that the value is known")


def _column(finding: Finding) -> str:
    return str(finding.details.get("result_column") or next(iter(finding.columns), ""))


SPEC = FixSpec(
    id="recompute_columns",
    title="Compute a derived column again",
    path="postprocess",
    defects=("arithmetic_mismatch", "stale_derived_column"),
    order=Order.DERIVED,
    safe="The schema says which column is derived and how; without it, any of the columns may be the wrong one.",
    policy=_policy,
    plan=lambda finding, _: f"compute {finding.table}.{_column(finding)} again by its declared formula",
    steps=_steps,
)
