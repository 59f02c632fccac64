"""Nulls where a value is required: declare the column not null and take away what makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "a value is required here"


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document)
    if place is None:
        return []
    return [*edits.rewrite_choices(place, {None: edits.REMOVED}, _WHY), *edits.not_null(place, _WHY)]


SPEC = FixSpec(
    id="forbid_nulls",
    title="Declare the column not null and drop its null rate",
    path="schema",
    defects=("unexpected_null", "primary_key_null"),
    order=Order.SENTINELS,
    safe="The nulls are made by the document's own null rate; without it every value is drawn.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"declare {finding.table}.{', '.join(finding.columns)} not null",
    patch=_patch,
)
