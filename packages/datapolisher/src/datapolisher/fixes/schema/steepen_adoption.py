"""A feature that few take up: let its curve rise earlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_EARLIER = 0.35
_ENOUGH = 0.05  # share of users that should use a feature, where the finding does not say
_AMPLE = 1.6  # times that share, so that chance does not fall below it


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = document.node(finding.table or "")
    columns = enumerate(found[1].get("columns", [])) if found else []
    for i, column in columns:
        params = (column.get("generator") or {}).get("diffusion_curve")
        if isinstance(params, Mapping) and found is not None:
            inflection = edits.number(params.get("inflection_point", 0.5))
            if inflection is not None and inflection > _EARLIER:
                pointer = f"{found[0]}/columns/{i}/generator/diffusion_curve"
                return edits.put(params, pointer, "inflection_point", _EARLIER, "the feature is taken up earlier")
    return _weightier(finding, document)


def _weightier(finding: Finding, document: SchemaDocument) -> list[Change]:
    """The feature among the choices, drawn as often as it takes for enough to use it."""
    place, said = edits.spot(finding, document), finding.details
    listed, adoption = (edits.choices(place) if place else None), edits.number(said.get("adoption"))
    expected = finding.evidence.expected if isinstance(finding.evidence.expected, Mapping) else {}
    wanted = edits.number(expected.get("min")) or _ENOUGH
    if place is None or listed is None or listed.weights is None or not adoption or adoption >= wanted:
        return []
    factor = _AMPLE * wanted / adoption
    weights = [
        round(weight * factor, 6) if str(value) == said.get("feature") else weight
        for value, weight in zip(listed.values, listed.weights, strict=True)
    ]
    return edits.put(place.generator[1], place.inside("choice"), "weights", weights, "the feature is used by more")


SPEC = FixSpec(
    id="steepen_adoption",
    title="Let a feature be taken up earlier",
    path="schema",
    defects=("low_adoption",),
    order=Order.TIMES,
    safe="That few use a feature is no error by itself: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"let {finding.table} be taken up earlier",
    patch=_patch,
)
