"""More decimals than the kind has: round as the last modifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _decimals(finding: Finding) -> int:
    said = finding.details.get("decimals")
    return said if isinstance(said, int) and 0 <= said <= 12 else 2


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document)
    if place is None or place.column.get("type") != "float":
        return []
    digits = _decimals(finding)
    return edits.modifier(place, "round", {"digits": digits}, f"amounts have {digits} decimals")


SPEC = FixSpec(
    id="round_values",
    title="Round generated amounts to their decimals",
    path="schema",
    defects=("excess_precision",),
    order=Order.FORMATS,
    safe="Digits beyond the unit carry no meaning in drawn amounts.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"round {finding.table}.{', '.join(finding.columns)} to {_decimals(finding)} decimals",
    patch=_patch,
)
