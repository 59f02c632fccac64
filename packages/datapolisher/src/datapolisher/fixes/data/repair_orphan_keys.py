"""A foreign key in another spelling of exactly one parent's key: write it as the parent does."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _orphans as orphans
from datapolisher.fixes.data._places import words
from datapolisher.steps import Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = orphans.find(finding, context)
    return orphans.respelled(found, finding.table or "") if found is not None else []


def _policy(finding: Finding, context: Context) -> Decision:
    found = orphans.find(finding, context)
    left = f"; {found.left:,} rows without a parent stay for a person" if found is not None and found.left else ""
    return Decision(
        "fix", f"each key is another spelling of exactly one parent's{left}", rows=found.repaired if found else 0
    )


SPEC = FixSpec(
    id="repair_orphan_keys",
    title="Spell foreign keys as their parents do",
    path="postprocess",
    defects=("foreign_key_orphan", "constraint_violated"),
    order=Order.FOREIGN_KEYS,
    safe="Without blanks, case and leading zeros the key is that of exactly one parent.",
    policy=_policy,
    plan=lambda finding, _: f"spell the keys in {words(finding)} as their parents do",
    steps=_steps,
)
