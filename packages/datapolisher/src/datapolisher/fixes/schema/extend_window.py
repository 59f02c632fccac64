"""Data that ends earlier than it should: let the window reach to where it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    window, reference = document.tree.get("timeframe"), finding.details.get("reference")
    if document.node(finding.table or "") is None or not isinstance(window, Mapping) or not isinstance(reference, str):
        return []
    end = window.get("end")
    if not isinstance(end, str) or end[:10] >= reference[:10]:
        return []
    return edits.put(window, "/timeframe", "end", f"{reference[:10]}T23:59:59Z", "the data should reach to this day")


SPEC = FixSpec(
    id="extend_window",
    title="Let the window reach to the day that the data should",
    path="schema",
    defects=("stale_data",),
    order=Order.TIMES,
    safe="No time is moved: times are drawn over the longer window.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"end the window at {str(finding.details.get('reference'))[:10]}",
    patch=_patch,
)
