"""Values that are none of the column's: take them out of the choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _unwanted(finding: Finding, values: Sequence[Any]) -> dict[Any, Any]:
    if finding.defect == "sentinel_value":
        said = [one.get("value") for one in edits.entries(finding, "values")]
        return {value: edits.REMOVED for value in values if value in said}
    accepted = finding.details.get("accepted")
    return {value: edits.REMOVED for value in values if value not in accepted} if isinstance(accepted, list) else {}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document)
    listed = edits.choices(place) if place else None
    if place is None or listed is None:
        return []
    unwanted = _unwanted(finding, listed.values)
    changes = edits.rewrite_choices(place, unwanted, "no value of this column's list")
    accepted = finding.details.get("accepted")
    if not changes or finding.defect == "sentinel_value" or not isinstance(accepted, list):
        return changes
    entry = {"attr": place.attr, "values": accepted}
    return [*changes, *edits.constraint(document, "enum", entry, "the list that is declared")]


def _policy(finding: Finding, context: Context) -> Decision:
    if finding.defect == "sentinel_value" and finding.details.get("declared") is not True:
        return Decision("ask", "nobody declared that this value stands for nothing: it may be a true one")
    if finding.defect == "unknown_category" and not context.declared(finding):
        return Decision("ask", "the list was read off the data: the value may be a new, true category")
    return edits.lies_in_schema(finding, context)


SPEC = FixSpec(
    id="restrict_choices",
    title="Take values that do not belong out of the choices",
    path="schema",
    defects=("unknown_category", "sentinel_value"),
    order=Order.CATEGORIES,
    safe="Only against a list, or a sentinel, that somebody declared.",
    policy=_policy,
    plan=lambda finding, _: f"draw {finding.table}.{', '.join(finding.columns)} from its declared values only",
    patch=_patch,
)
