"""A month in which far more leave: take away what multiplies leaving at one age, or moves its times into one period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "about as many leave at one time as at another"
_SPIKE = 2.0  # of the usual multiplier


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = document.node(finding.table or "")
    model = found[1].get("state_transition_model") if found else None
    if found is None or not isinstance(model, Mapping):
        return []
    pointer = f"{found[0]}/state_transition_model"
    varied = model.get("vintage_variation")
    curve = varied.get("churn_multiplier_curve") if isinstance(varied, Mapping) else None
    return _levelled(varied, curve, f"{pointer}/vintage_variation") if isinstance(curve, list) else []


def _levelled(varied: Any, curve: list[Any], pointer: str) -> list[Change]:
    """The curve with its peaks at the level of the rest."""
    usual = median(float(value) for value in curve)
    level = [usual if float(value) > _SPIKE * usual else value for value in curve]
    return edits.put(varied, pointer, "churn_multiplier_curve", level, _WHY)


SPEC = FixSpec(
    id="steady_churn",
    title="Level the curve by which people leave",
    path="schema",
    defects=("churn_spike",),
    order=Order.AGGREGATES,
    safe="A spike may be what the data is made for: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"let about as many leave in {finding.details.get('period')} as in other months",
    patch=_patch,
)
