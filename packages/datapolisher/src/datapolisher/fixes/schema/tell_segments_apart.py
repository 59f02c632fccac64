"""Segments that do not differ: give each a multiplier of its own, with the population's mean kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_LOW, _HIGH = 0.6, 1.4


def _multipliers(listed: edits.Choices) -> list[float]:
    """Evenly spaced from low to high, scaled so that their weighted mean is 1."""
    n = len(listed.values)
    raw = [_LOW + (_HIGH - _LOW) * i / (n - 1) for i in range(n)]
    weights = list(listed.weights or [1.0] * n)
    mean = sum(r * w for r, w in zip(raw, weights, strict=True)) / sum(weights)
    return [round(r / mean, 4) for r in raw]


def _drawn_amount(finding: Finding, document: SchemaDocument) -> str | None:
    """The amount of the children that was measured, where it is drawn: tiers have prices of their own.

    What is computed or looked up follows from other columns and would no longer agree with them.
    """
    child = finding.location.related.table if finding.location.related else None
    measure = finding.details.get("measure")
    found = document.node(child) if child else None
    column = document.column(child, measure) if child and isinstance(measure, str) else None
    is_child = found is not None and next(iter(found[1].get("parents") or ()), None) == finding.table
    drawn = column is not None and "distribution" in (column.get("generator") or {})
    return measure if is_child and drawn and isinstance(measure, str) else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    said = finding.details.get("segment_column")
    place = edits.spot(finding, document, said if isinstance(said, str) else None)
    found = document.node(finding.table or "")
    listed = edits.choices(place) if place else None
    if place is None or found is None or listed is None or "segment_behavior" in found[1]:
        return []
    segments = [value for value in listed.values if isinstance(value, str)]
    if len(segments) != len(listed.values) or len(segments) < 2:
        return []
    priced = _drawn_amount(finding, document)
    fixed, varied = ("fanout_multiplier", "value_multiplier") if priced else ("value_multiplier", "fanout_multiplier")
    behaviors: dict[str, Any] = {
        segment: {fixed: 1.0, varied: factor} for segment, factor in zip(segments, _multipliers(listed), strict=True)
    }
    behavior = {"segment_column": place.column["name"], "behaviors": behaviors}
    behavior |= {"applies_to_columns": [priced]} if priced else {}
    return [Change("add", f"{found[0]}/segment_behavior", "segments behave differently, or are none", behavior)]


SPEC = FixSpec(
    id="tell_segments_apart",
    title="Give segments behaviour of their own",
    path="schema",
    defects=("identical_segments",),
    order=Order.AGGREGATES,
    safe="The population's mean stays; the multipliers stand in the diff for a person to change.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"let the segments of {finding.table} differ in activity or amounts",
    patch=_patch,
)
