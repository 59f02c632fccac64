"""Rows that are equal in every column: keep the first."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.steps import DropDuplicates, Step


def _steps(finding: Finding, _: Context) -> Sequence[Step]:
    return [DropDuplicates(finding.table)] if finding.table else []


def _policy(finding: Finding, context: Context) -> Decision:
    if context.primary_key(finding.table or ""):
        return Decision("fix", "the table has a key, so that equal rows are one fact stored twice")
    return Decision("ask", "without a key, two equal rows may be two real events")


SPEC = FixSpec(
    id="collapse_duplicate_rows",
    title="Keep one of rows that are equal in every column",
    path="postprocess",
    defects=("duplicate_row",),
    order=Order.DUPLICATE_ROWS,
    safe="With a key, equal rows are one fact stored twice; without one, they may be two events.",
    policy=_policy,
    plan=lambda finding, _: f"keep the first of rows of {finding.table} that are equal in every column",
    steps=_steps,
)
