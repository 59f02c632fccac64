"""Revenue that changes its level: take away the trend or anomaly that changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _breaks(modifier: Mapping[str, Any]) -> bool:
    burst = modifier.get("transform") == "outliers" and (modifier.get("args") or {}).get("mode") == "burst"
    return burst or modifier.get("transform") in {"anomaly", "trend"}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    said = finding.details.get("amount_column")
    place = edits.spot(finding, document, said if isinstance(said, str) else None)
    return edits.without_modifiers(place, _breaks, "revenue keeps its level") if place is not None else []


SPEC = FixSpec(
    id="steady_revenue",
    title="Take away what changes the level of revenue",
    path="schema",
    defects=("revenue_break",),
    order=Order.AGGREGATES,
    safe="A change of level may be what the data is made for: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"let {finding.table}.{finding.details.get('amount_column')} keep its level",
    patch=_patch,
)
