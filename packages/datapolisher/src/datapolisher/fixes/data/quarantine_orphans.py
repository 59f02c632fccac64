"""A child without its parent: mend the keys that are another spelling of one, hold the others in quarantine."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _orphans as orphans
from datapolisher.fixes.data._places import orphaned, quarantine_if_declared, words
from datapolisher.steps import Quarantine, Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = orphans.find(finding, context)
    if found is None or (found.repairs and not found.left):
        return []
    table = finding.table or ""
    return [*orphans.respelled(found, table), Quarantine(table, orphaned(found.key), "foreign_key_orphan")]


def _policy(finding: Finding, context: Context) -> Decision:
    found = orphans.find(finding, context)
    if found is not None and found.parents_missing:
        keys = found.missing - len(found.repairs)
        return Decision(
            "ask",
            f"{keys:,} missing parents explain {found.left:,} orphans: a load of {found.key.references.table} "
            "seems to be missing",
        )
    return quarantine_if_declared(finding, context)


def _plan(finding: Finding, context: Context) -> str:
    found = orphans.find(finding, context)
    mended = f"mend {found.repaired:,} keys, " if found and found.repaired else ""
    left = f"{found.left:,} " if found else ""
    return f"{mended}quarantine {left}rows of {words(finding)} whose parent does not exist"


SPEC = FixSpec(
    id="quarantine_orphans",
    title="Quarantine rows whose parent does not exist",
    path="postprocess",
    defects=("foreign_key_orphan", "constraint_violated"),
    order=Order.FOREIGN_KEYS,
    safe="Holding the row asserts nothing (Kimball, tip 78); its price, lower totals, stands in the report.",
    policy=_policy,
    plan=_plan,
    steps=_steps,
)
