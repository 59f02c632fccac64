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
        said = {str(one.get("value")) for one in edits.entries(finding, "values")}
        return {value: edits.REMOVED for value in values if value is not None and str(value) in said}
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
    if changes and finding.defect == "sentinel_value":
        return [*changes, *_as_nulls(finding, document, place)]
    if not changes or not isinstance(accepted, list):
        return changes
    entry = {"attr": place.attr, "values": accepted}
    return [*changes, *edits.constraint(document, "enum", entry, "the list that is declared")]


def _as_nulls(finding: Finding, document: SchemaDocument, place: edits.Spot) -> Sequence[Change]:
    """What stood for nothing is null, as often as it was; not in a key, nor where a contract has no nulls."""
    rows, total = finding.rows, finding.evidence.rows_total
    written = edits.expected_column(finding, document)
    forbidden = written is not None and not written.get("nullable")
    if not rows or not total or forbidden or place.column["name"] in document.pk(finding.table or ""):
        return []
    why = "what stood for nothing is null"
    changes = edits.put(place.column, place.pointer, "nullable", True, why)
    rate = edits.number(place.column.get("null_rate")) or 0
    return [
        *changes,
        *edits.put(place.column, place.pointer, "null_rate", round(min(rate + rows / total, 0.99), 4), why),
    ]


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
