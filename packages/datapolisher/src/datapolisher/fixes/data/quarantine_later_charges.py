"""By choice: of charges that repeat within some days, keep the first and quarantine the later ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from datapolisher.documents import Finding
from datapolisher.expressions import ChildAggregate, Column, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.steps import Quarantine, Step

_DAY = 86_400


class _Charge(NamedTuple):
    """Who was charged, how much, when; and within how many seconds a charge counts as repeated."""

    entity: str
    amount: str
    time: str
    window: int


def _charge(finding: Finding, context: Context) -> _Charge | None:
    entity, amount, time = (
        str(finding.details.get(name)) for name in ("entity_column", "amount_column", "time_column")
    )
    days = finding.details.get("window_days")
    types = [context.type_of(finding.table or "", name) for name in (entity, amount, time)]
    if None in types or not str(types[2]).startswith("TIMESTAMP") or not isinstance(days, int | float):
        return None
    return _Charge(entity, amount, time, round(max(float(days), 0.0) * _DAY))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    charge, table = _charge(finding, context), finding.table or ""
    if charge is None:
        return []
    same, time = (charge.entity, charge.amount), Column(charge.time)
    first = ChildAggregate(same, table, same, "min", charge.time)
    near = call("at_most", call("minus_seconds", time, charge.window), first)
    return [Quarantine(table, all_of([call("above", time, first), near]), "double_charge")]


SPEC = FixSpec(
    id="quarantine_later_charges",
    title="Quarantine charges that repeat the first one within the window",
    path="postprocess",
    defects=("double_charge",),
    order=Order.QUARANTINE,
    safe="Money has moved: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "money has moved: a person decides which charge was wrong"),
    plan=lambda finding, _: (
        f"quarantine rows of {finding.table} that charge the same once more within "
        f"{finding.details.get('window_days')} days of the first"
    ),
    steps=_steps,
    by_choice=True,
)
