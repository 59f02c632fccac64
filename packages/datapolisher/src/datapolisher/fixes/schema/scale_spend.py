"""A channel that costs more than it brings: scale what is spent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WORTH = 1.25  # that the worst channel brings for each unit spent, afterwards


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    ratio = edits.number(finding.details.get("ratio"))
    place = edits.spot(finding, document, finding.columns[-1]) if finding.columns else None
    if place is None or ratio is None or not 0 < ratio < 1:
        return []
    name, params = place.generator
    said = params.get("params")
    if name != "distribution" or not isinstance(said, Mapping):
        return []
    return _scaled(place, params, said, ratio / _WORTH)


def _scaled(place: edits.Spot, params: Mapping[str, object], said: Mapping[str, object], factor: float) -> list[Change]:
    """Mean and deviation times `factor`, and the bounds with them."""
    kind, pointer = params.get("type", params.get("kind")), f"{place.inside('distribution')}"
    why = "what is spent stays below what it brings"
    keys = {
        "normal": ("mean", "mu", "std", "sigma"),
        "uniform": ("low", "min", "high", "max"),
        "exponential": ("scale",),
    }
    changes: list[Change] = []
    if kind == "lognormal":
        key = "mu" if "mu" in said else "mean"
        mean = edits.number(said.get(key))
        moved = round(mean + math.log(factor), 4) if mean is not None else None
        changes = edits.put(said, f"{pointer}/params", key, moved, why) if moved is not None else []
    for key in keys.get(str(kind), ()):
        value = edits.number(said.get(key))
        changes += edits.put(said, f"{pointer}/params", key, round(value * factor, 4), why) if value is not None else []
    bounds = params.get("clamp")
    if changes and isinstance(bounds, list):
        changes += edits.put(params, pointer, "clamp", [round(float(bound) * factor, 4) for bound in bounds], why)
    return changes


SPEC = FixSpec(
    id="scale_spend",
    title="Spend less than the channel brings",
    path="schema",
    defects=("unprofitable_channel",),
    order=Order.AGGREGATES,
    safe="That a channel costs more than it brings is no error by itself: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"scale {finding.table}.{', '.join(finding.columns[-1:])} so that every channel pays",
    patch=_patch,
)
