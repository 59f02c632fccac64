"""By choice: a parent that is later than a child gets the time of its earliest child."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import ChildAggregate, Column, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _early_children as early
from datapolisher.steps import Step, Update


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = early.find(finding, context)
    if found is None or found.types[0] != found.types[1] or found.parent_time in context.primary_key(found.parent):
        return []
    first = ChildAggregate(found.link.references.columns, found.table, found.link.columns, "min", found.time)
    return [Update(found.parent, found.parent_time, first, call("above", Column(found.parent_time), first))]


def _plan(finding: Finding, context: Context) -> str:
    found = early.find(finding, context)
    return f"set {found.parent}.{found.parent_time} to the earliest {found.table}.{found.time}" if found else ""


SPEC = FixSpec(
    id="move_parent_times",
    title="Give parents the time of their earliest child",
    path="postprocess",
    defects=("temporal_violation",),
    order=Order.TIMES,
    safe="Right where parents were back-filled at a migration, wrong elsewhere: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "the parent's time would be moved: right after a migration only"),
    plan=_plan,
    steps=_steps,
    by_choice=True,
)
