"""By choice: the time of a child that is earlier than its parent becomes null, where it may be null."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Value
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _early_children as early
from datapolisher.fixes.data._places import words
from datapolisher.steps import Step, Update


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = early.find(finding, context)
    if found is None or context.nullable(found.table, found.time) is False:
        return []
    if found.time in context.primary_key(found.table):
        return []
    return [Update(found.table, found.time, Value(None), found.where)]


SPEC = FixSpec(
    id="clear_early_times",
    title="Set times of children that are earlier than their parent to null",
    path="postprocess",
    defects=("temporal_violation",),
    order=Order.TIMES,
    safe="The row stays, and its time is lost: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "the child's time would be lost, the row would stay"),
    plan=lambda finding, _: f"set {words(finding)} to null where it is earlier than its parent",
    steps=_steps,
    by_choice=True,
)
