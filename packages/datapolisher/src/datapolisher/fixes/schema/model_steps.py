"""Steps of a funnel that are drawn each by itself: model them, so that nobody reaches a step without the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "each step is reached from the one before"
_USUAL = 0.6  # rate of a step that more reached than the one before it


def _stages(listed: edits.Choices) -> list[dict[str, Any]]:
    """The choices in the author's order; where their weights fall, the rates follow them."""
    weights = list(listed.weights or [1.0] * len(listed.values))
    rates = [1.0] + [round(b / a, 4) if a > 0 and b < a else _USUAL for a, b in pairwise(weights)]
    return [{"stage_name": name, "transition_rate": rate} for name, rate in zip(listed.values, rates, strict=True)]


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found, place = document.node(finding.table or ""), edits.spot(finding, document)
    listed = edits.choices(place) if place else None
    named = [str(finding.details.get(end)) for end in ("from_stage", "to_stage")]
    if found is None or place is None or listed is None or not set(named) <= set(listed.values):
        return []
    pointer, node = found
    if not node.get("parents") or not all(isinstance(value, str) for value in listed.values):
        return []
    return [*_as_stages(node, pointer, listed), *_without_weights(place)]


def _as_stages(node: Mapping[str, Any], pointer: str, listed: edits.Choices) -> list[Change]:
    if "stage_config" in node or "state_transition_model" in node:
        return []
    return [
        *edits.drop(node, pointer, "fanout", _WHY),
        Change("add", f"{pointer}/stage_config", _WHY, {"stages": _stages(listed)}),
    ]


def _without_weights(place: edits.Spot) -> list[Change]:
    """The shares come from the rates now."""
    _, params = place.generator
    return edits.drop(params, place.inside("choice"), "weights", _WHY)


SPEC = FixSpec(
    id="model_steps",
    title="Model the steps of a funnel",
    path="schema",
    defects=("funnel_inversion",),
    order=Order.AGGREGATES,
    safe="The table is made in another way: asked, unless a target is broken; order and rates stand in the diff.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"make {finding.table} a funnel of its steps in the order in which they are listed",
    patch=_patch,
)
