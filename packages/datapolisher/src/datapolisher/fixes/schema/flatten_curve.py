"""Few come back, or do much less with age: let the curve of activity fall less."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "more come back, and do more with age"
_HALF_LIFE = 180  # days after which half of the activity is left, at the least
_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_KEPT = 0.5  # of the activity of the youngest, at the least


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = document.node(finding.table or "")
    vintage = found[1].get("vintage_behavior") if found else None
    curves = vintage.get("age_based_multipliers") if isinstance(vintage, Mapping) else None
    if found is None or not isinstance(curves, Mapping):
        return []
    return list(_flattened(curves, f"{found[0]}/vintage_behavior/age_based_multipliers"))


def _flattened(curves: Mapping[str, Any], pointer: str) -> Iterator[Change]:
    for name, one in curves.items():
        target = one.get("applies_to", "all") if isinstance(one, Mapping) else ()
        named = set(target if isinstance(target, list) else [target])
        if named & {"fanout", "all"} and (flat := _flat(one)) is not None:
            yield Change("replace", f"{pointer}/{edits.part(name)}/curve", _WHY, flat)


def _flat(one: Mapping[str, Any]) -> Any:
    """The same curve with a floor, or with a slower fall; None where it does not fall that far."""
    curve = one.get("curve")
    if isinstance(curve, list) and curve:
        floor = round(max(curve) * _KEPT, 4)
        return [max(value, floor) for value in curve] if min(curve) < floor else None
    if not isinstance(curve, Mapping):
        return None
    params = curve.get("params") or {}
    slope = edits.number(params.get("b"))
    slowest = round(-math.log(2) * _DAYS.get(str(one.get("time_unit", "month")), 30) / _HALF_LIFE, 6)
    falls = curve.get("curve_type", curve.get("type")) == "exponential" and slope is not None and slope < slowest
    return {**curve, "params": {**params, "b": slowest}} if falls else None


SPEC = FixSpec(
    id="flatten_curve",
    title="Let activity fall less with age",
    path="schema",
    defects=("low_retention", "engagement_decay"),
    order=Order.AGGREGATES,
    safe="That few come back is no error by itself: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"flatten the curve over the age of {finding.table}",
    patch=_patch,
)
