"""Data that ends earlier than it should: let the window reach to where it should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


_WHY = "the data should reach to this day"


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    window, reference = document.tree.get("timeframe"), finding.details.get("reference")
    if document.node(finding.table or "") is None or not isinstance(window, Mapping) or not isinstance(reference, str):
        return []
    return [*_later(window, "/timeframe", reference), *_own_window(finding, document, reference)]


def _later(window: Mapping[str, Any], pointer: str, reference: str) -> list[Change]:
    end = window.get("end")
    if not isinstance(end, str) or end[:10] >= reference[:10]:
        return []
    return edits.put(window, pointer, "end", f"{reference[:10]}T23:59:59Z", _WHY)


def _own_window(finding: Finding, document: SchemaDocument, reference: str) -> list[Change]:
    """The window of the column alone, where it has one."""
    said = finding.details.get("time_column")
    place = edits.spot(finding, document, said if isinstance(said, str) else None)
    name, params = place.generator if place else ("", {})
    within = params.get("within")
    if place is None or not isinstance(within, Mapping):
        return []
    return _later(within, f"{place.inside(name)}/within", reference)


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
