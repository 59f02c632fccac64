"""Cohorts of every age alike, or nobody who ever stops: let activity fade with age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "activity fades with age: some stop, and older cohorts do less"
_FADING = {"curve": [1.0, 0.8, 0.68, 0.6, 0.54, 0.5], "time_unit": "month", "applies_to": "fanout"}
_BIRTH = ("created", "signup", "signed_up", "joined", "registered", "opened", "installed")


def _entity(finding: Finding, document: SchemaDocument) -> tuple[str, Mapping[str, Any], str] | None:
    """Pointer and node of the entity whose age counts, and its time of creation."""
    related = finding.location.related
    if document.node(finding.table or "") is None:
        return None
    for table in (finding.table, related.table if related else None):
        found = document.node(table) if table else None
        if found is not None and found[1].get("kind") == "entity":
            times = [c for c in found[1].get("columns", []) if c.get("type") in {"datetime", "date"}]
            born = [c["name"] for c in times if str(c.get("name", "")).startswith(_BIRTH)]
            return (*found, born[0]) if born else None
    return None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = _entity(finding, document)
    if found is None:
        return []
    pointer, node, born = found
    vintage = node.get("vintage_behavior")
    if not isinstance(vintage, Mapping):
        value = {"created_at_column": born, "age_based_multipliers": {"activity": _FADING}}
        return [Change("add", f"{pointer}/vintage_behavior", _WHY, value)]
    if "age_based_multipliers" in vintage:
        return []
    return edits.put(vintage, f"{pointer}/vintage_behavior", "age_based_multipliers", {"activity": _FADING}, _WHY)


SPEC = FixSpec(
    id="fade_with_age",
    title="Let activity fade with age",
    path="schema",
    defects=("flat_cohorts", "zero_churn"),
    order=Order.AGGREGATES,
    safe="Only drawn activity changes; the curve stands in the diff for a person to change.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"let the activity of {finding.table} fade with age",
    patch=_patch,
)
