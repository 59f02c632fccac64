"""More decimals than the kind has: round half to even on the decimal value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from datapolisher import codes
from datapolisher.documents import Finding
from datapolisher.expressions import rounded
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, spot, words
from datapolisher.sql import ident
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench

_NOISE = 1e-6
_CONFORMING = 0.95
# Unit prices may have a hundredth of a cent.
_UNIT_PRICES, _FINE = frozenset({"price", "cost"}), 4
_MONEY = frozenset({"amount", "price", "cost", "tax", "balance", "discount"})


class _Measured(NamedTuple):
    """How rounding would act on a column: the share of values that stay, and how far one is moved at most.

    `fine` says whether all values keep to four decimals, as unit prices do; `share` whether none is above one.
    """

    conforming: float
    largest: float
    fine: bool
    share: bool


def _digits(finding: Finding, context: Context) -> int:
    """As the finding says; else those of the one currency beside the column; else two."""
    said = finding.details.get("decimals")
    if isinstance(said, int) and 0 <= said <= 12:
        return said
    return _currency_digits(finding.table or "", context)


def _currency_digits(table: str, context: Context) -> int:
    facts = context.tables.get(table)
    named = [c.name for c in facts.columns if c.role == "currency"] if facts else []
    if len(named) != 1 or context.type_of(table, named[0]) != "VARCHAR":
        return 2
    with Workbench(context.dataset) as bench:
        held = bench.distinct(table, named[0], 1)
    return codes.decimals().get(next(iter(held), ""), 2) if held else 2


def _place(finding: Finding, context: Context) -> Spot | None:
    found = spot(finding, context)
    return None if found is None or in_key(context, found) else found


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = _place(finding, context)
    value = rounded(place.column, place.type, _digits(finding, context)) if place else None
    return [Update(place.table, place.column, value)] if place and value else []


def _measure(place: Spot, digits: int, context: Context) -> _Measured:
    column, step = ident(place.column), rounded(place.column, place.type, digits)
    with Workbench(context.dataset) as bench:
        new = bench.sql_of(place.table, step) if step else column
        changed = f"abs(CAST({new} AS DOUBLE) - CAST({column} AS DOUBLE))"
        found = bench.rows(
            f"SELECT avg(CAST({new} = {column} AS INTEGER)), max({changed}), "
            f"bool_and(round({column}, {_FINE}) = {column}), bool_and(abs({column}) <= 1) "
            f"FROM {bench.relation(place.table)} AS t WHERE {column} IS NOT NULL AND isfinite(CAST({column} AS DOUBLE))"
        )[0]
    conforming = float(found[0] if found[0] is not None else 1.0)
    return _Measured(conforming, float(found[1] or 0.0), bool(found[2]), bool(found[3]))


def _policy(finding: Finding, context: Context) -> Decision:
    place = _place(finding, context)
    if place is None:
        return Decision("ask", "not a column that rounding suits")
    digits = _digits(finding, context)
    role = context.role_of(place.table, place.column)
    measured = context.once(("decimals", place, digits), lambda: _measure(place, digits, context))
    is_money = role in _MONEY and not (role == "discount" and measured.share)
    if context.generated and is_money:
        return Decision("fix", "digits beyond the unit carry no meaning in drawn amounts", budgeted=False)
    if measured.largest < _NOISE:
        return Decision("fix", f"no value moves by {_NOISE:g} or more: floating-point noise", budgeted=False)
    own_digits = role in _UNIT_PRICES and measured.fine
    if is_money and not own_digits and measured.conforming >= _CONFORMING:
        return Decision("fix", f"{measured.conforming:.1%} of the amounts already have no more than {digits} decimals")
    return Decision("ask", "rates, weights and unit prices have digits of their own")


SPEC = FixSpec(
    id="round_amounts",
    title="Round amounts to their decimals",
    path="postprocess",
    defects=("excess_precision",),
    order=Order.FORMATS,
    safe="Noise and drawn digits carry no meaning; real digits of rates and unit prices are asked about.",
    policy=_policy,
    plan=lambda finding, context: f"round {words(finding)} to {_digits(finding, context)} decimals, half to even",
    steps=_steps,
)
