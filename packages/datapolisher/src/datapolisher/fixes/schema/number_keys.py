"""Keys that repeat or are missing: number them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "a key names one row"


def _is_key(finding: Finding) -> bool:
    """Whether the finding's columns are a key: the contract's, which need not be the document's."""
    return finding.defect.startswith("primary_key")


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    key = finding.columns if _is_key(finding) and finding.columns else document.pk(finding.table or "")
    place = edits.spot(finding, document, key[0]) if len(key) == 1 else None
    if place is None:
        return []
    changes = edits.not_null(place, _WHY)
    if place.column.get("type") == "int" and place.generator[0] != "sequence":
        changes += edits.generator(place, {"sequence": {"start": 1, "step": 1}}, _WHY)
    elif place.column.get("type") == "string":
        changes += edits.put(place.column, place.pointer, "unique", True, _WHY)
    return [*changes, *edits.constraint(document, "unique", place.attr, _WHY)]


SPEC = FixSpec(
    id="number_keys",
    title="Make the primary key a sequence, or unique text",
    path="schema",
    defects=("primary_key_duplicate", "primary_key_null", "duplicate_row"),
    order=Order.PRIMARY_KEYS,
    safe="Generated keys stand for nothing outside the data; those who refer to them look them up again.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"number the keys of {finding.table}",
    patch=_patch,
)
