"""Cohorts of every age alike, or nobody who ever stops: let activity fade with age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "activity fades with age: some stop, and older cohorts do less"
_FADING = {"curve": [1.0, 0.8, 0.68, 0.6, 0.54, 0.5], "time_unit": "month", "applies_to": "fanout"}
# Where nobody ever stops, activity has to fall so far that some fall silent.
_ENDING = {"curve": [1.0, 0.55, 0.3, 0.17, 0.1, 0.05], "time_unit": "month", "applies_to": "fanout"}
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
    shape = _ENDING if finding.defect == "zero_churn" else _FADING
    vintage = node.get("vintage_behavior")
    if not isinstance(vintage, Mapping):
        value = {"created_at_column": born, "age_based_multipliers": {"activity": shape}}
        return [Change("add", f"{pointer}/vintage_behavior", _WHY, value)]
    curves = vintage.get("age_based_multipliers")
    if isinstance(curves, Mapping) and curves:
        return list(_bent(curves, f"{pointer}/vintage_behavior/age_based_multipliers", shape))
    return edits.put(vintage, f"{pointer}/vintage_behavior", "age_based_multipliers", {"activity": shape}, _WHY)


def _bent(curves: Mapping[str, Any], pointer: str, shape: Mapping[str, Any]) -> Iterator[Change]:
    """Curves of activity that do not fall: the fading one in their place."""
    for name, one in curves.items():
        target = one.get("applies_to", "all")
        on_fanout = {"fanout", "all"} & set(target if isinstance(target, list) else [target])
        if on_fanout and _is_flat(one.get("curve")):
            yield Change("replace", f"{pointer}/{edits.part(name)}", _WHY, {**shape, "applies_to": target})


def _is_flat(curve: Any) -> bool:
    if isinstance(curve, list):
        return len(set(curve)) <= 1
    return isinstance(curve, Mapping) and not (curve.get("params") or {}).get("b")


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
