"""By choice: a foreign key without a parent becomes null, where the column may be null; a column marks the rows."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _orphans as orphans
from datapolisher.fixes.data._places import words
from datapolisher.steps import Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = orphans.find(finding, context)
    table = finding.table or ""
    if found is None or context.nullable(table, found.key.columns[0]) is False:
        return []
    return orphans.forget(found, table, context, None)


SPEC = FixSpec(
    id="clear_orphan_keys",
    title="Set foreign keys without a parent to null",
    path="postprocess",
    defects=("foreign_key_orphan", "constraint_violated"),
    order=Order.FOREIGN_KEYS,
    safe="The row stays, marked, and what it referred to is forgotten: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "the row would stay without its parent"),
    plan=lambda finding, _: f"set {words(finding)} to null where the parent does not exist, and mark the rows",
    steps=_steps,
    by_choice=True,
)
