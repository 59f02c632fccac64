"""Charges that repeat: let each be made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = document.node(finding.table or "")
    fanout = found[1].get("fanout") if found else None
    if found is None or not isinstance(fanout, Mapping) or fanout.get("distribution") == "uniform":
        return []
    if edits.number(fanout.get("max")) == 1:
        return []
    return edits.put(fanout, f"{found[0]}/fanout", "max", 1, "a charge is made once")


SPEC = FixSpec(
    id="charge_once",
    title="Let a charge be made once",
    path="schema",
    defects=("double_charge",),
    order=Order.AGGREGATES,
    safe="Subscriptions charge again and again by nature: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"draw at most one {finding.table} per parent",
    patch=_patch,
)
