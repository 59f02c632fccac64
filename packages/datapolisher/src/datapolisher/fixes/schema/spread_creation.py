"""All created at one instant: draw the time of creation over the window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    said = finding.details.get("time_column")
    place = edits.spot(finding, document, said if isinstance(said, str) else None)
    if place is None or place.column.get("type") not in {"datetime", "date"}:
        return []
    if place.generator[0] in {"datetime_series", "diffusion_curve"}:
        return []
    freq = "D" if place.column.get("type") == "date" else "H"
    series = {"datetime_series": {"within": "timeframe", "freq": freq}}
    return edits.generator(place, series, "rows come into being over time")


SPEC = FixSpec(
    id="spread_creation",
    title="Draw times of creation over the window",
    path="schema",
    defects=("simultaneous_creation",),
    order=Order.TIMES,
    safe="The instant had no source but the document.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"spread the creation of {finding.table} over the window",
    patch=_patch,
)
