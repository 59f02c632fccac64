"""A key in several rows: fold rows that are equal in every column, take the others out as a group."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._duplicate_keys import differing, key_of, repeated
from datapolisher.fixes.data._places import quarantine_if_declared, words
from datapolisher.steps import DropDuplicates, Quarantine, Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    key, table = key_of(finding, context), finding.table or ""
    if not key:
        return []
    fold = DropDuplicates(table)
    if not differing(finding, context)[0]:
        return [fold]
    return [fold, Quarantine(table, repeated(table, key), "primary_key_duplicate")]


def _policy(finding: Finding, context: Context) -> Decision:
    rows, children = differing(finding, context)
    if not rows:
        return Decision("fix", "the rows with the same key are equal in every column: one fact stored twice")
    if children:
        return Decision("ask", f"{children:,} rows of other tables refer to keys that {rows:,} different rows share")
    return quarantine_if_declared(finding, context)


def _plan(finding: Finding, context: Context) -> str:
    rows = differing(finding, context)[0]
    taken = f"; quarantine {rows:,} rows that share a key and differ" if rows else ""
    return f"fold equal rows of {words(finding)} into one{taken}"


SPEC = FixSpec(
    id="quarantine_duplicate_keys",
    title="Fold equal rows of a key, quarantine rows that share one and differ",
    path="postprocess",
    defects=("primary_key_duplicate", "constraint_violated"),
    order=Order.PRIMARY_KEYS,
    safe="Which of two different rows is right is unknown: both go to quarantine; asks if other tables refer to them.",
    policy=_policy,
    plan=_plan,
    steps=_steps,
)
