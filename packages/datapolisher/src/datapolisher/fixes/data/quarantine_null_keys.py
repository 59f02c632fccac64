"""A row without its primary key: take it out."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, any_of, call
from datapolisher.fixes.base import Context, FixSpec, Order
from datapolisher.fixes.data._places import quarantine_if_declared, words
from datapolisher.steps import Quarantine, Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    table = finding.table or ""
    key = finding.columns or context.primary_key(table)
    if not key:
        return []
    return [Quarantine(table, any_of([call("is_null", Column(name)) for name in key]), "primary_key_null")]


SPEC = FixSpec(
    id="quarantine_null_keys",
    title="Quarantine rows without a key",
    path="postprocess",
    defects=("primary_key_null",),
    order=Order.PRIMARY_KEYS,
    safe="No key is made up: the row is kept in quarantine, whole.",
    policy=quarantine_if_declared,
    plan=lambda finding, _: f"quarantine rows of {words(finding)} that have no key",
    steps=_steps,
)
