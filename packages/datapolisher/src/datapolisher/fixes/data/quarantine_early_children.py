"""A child that is earlier than its parent: take the child out where the rule is declared."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _early_children as early
from datapolisher.fixes.data._places import quarantine_if_declared, words
from datapolisher.steps import Quarantine, Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = early.find(finding, context)
    return [Quarantine(found.table, found.where, "temporal_violation")] if found else []


def _policy(finding: Finding, context: Context) -> Decision:
    if finding.details.get("common_offset_seconds"):
        return Decision("ask", "one offset explains most of them: a time zone, not wrong rows")
    return quarantine_if_declared(finding, context)


SPEC = FixSpec(
    id="quarantine_early_children",
    title="Quarantine children that are earlier than their parent",
    path="postprocess",
    defects=("temporal_violation",),
    order=Order.TIMES,
    safe="Either time may be the wrong one: no time is moved, the child is held in quarantine.",
    policy=_policy,
    plan=lambda finding, _: f"quarantine rows of {words(finding)} that are earlier than their parent",
    steps=_steps,
)
