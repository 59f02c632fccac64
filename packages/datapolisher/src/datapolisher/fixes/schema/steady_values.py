"""Values or shares that change with time: take away what the document changes them by, or go back to what was usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_TIMED = {"trend", "anomaly", "seasonality"}


def changes_with_time(modifier: Mapping[str, Any]) -> bool:
    """Whether a modifier makes values depend on when they are."""
    if modifier.get("transform") == "outliers":
        return (modifier.get("args") or {}).get("mode") == "burst"
    return modifier.get("transform") in _TIMED


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document)
    if place is None:
        return []
    changes = edits.without_modifiers(place, changes_with_time, "values are distributed alike at all times")
    return changes or _usual_shares(finding, place)


def _usual_shares(finding: Finding, place: edits.Spot) -> list[Change]:
    """The weights of the choices as they were before the drift."""
    listed, before = edits.choices(place), finding.details.get("baseline")
    if finding.defect != "category_drift" or listed is None or not isinstance(before, Mapping):
        return []
    counts = [edits.number(before.get("" if value is None else str(value), 0)) or 0 for value in listed.values]
    total = sum(counts)
    if total <= 0:
        return []
    _, params = place.generator
    pointer, why = place.inside("choice"), "the shares of before"
    shares = [round(count / total, 6) for count in counts]
    return [*edits.drop(params, pointer, "weights_kind", why), *edits.put(params, pointer, "weights", shares, why)]


SPEC = FixSpec(
    id="steady_values",
    title="Distribute values alike at all times",
    path="schema",
    defects=("distribution_drift", "category_drift"),
    order=Order.CATEGORIES,
    safe="The change over time may be what the data is made for: asked.",
    policy=edits.by_choice("the world may have changed: a person decides which of the two states is right"),
    plan=lambda finding, _: f"draw {finding.table}.{', '.join(finding.columns)} alike at all times",
    patch=_patch,
)
