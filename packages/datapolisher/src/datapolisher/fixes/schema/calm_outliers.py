"""Values, units or rows that the document itself throws out of line: take its outliers away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_MODES = {"volume_gap": ("drop",), "outlier": ("spike", "drop", "burst"), "unit_scale": ("spike", "drop", "burst")}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    said = finding.details.get("time_column") if finding.defect == "volume_gap" else None
    place = edits.spot(finding, document, said if isinstance(said, str) else None)
    if place is None:
        return []
    why = "the document makes these values itself"
    calm = edits.without_modifiers(place, lambda one: _throws(one, finding.defect), why)
    if calm:
        return calm
    return _truncated(finding, place) if finding.defect == "outlier" else []


def _throws(modifier: Mapping[str, Any], defect: str) -> bool:
    args = modifier.get("args") or {}
    if modifier.get("transform") == "anomaly":
        return defect != "volume_gap"
    return modifier.get("transform") == "outliers" and args.get("mode", "spike") in _MODES[defect]


def _truncated(finding: Finding, place: edits.Spot) -> Sequence[Change]:
    """The distribution's tails cut where values are far from all others."""
    low, high = edits.number(finding.details.get("lower")), edits.number(finding.details.get("upper"))
    name, params = place.generator
    if name != "distribution" or low is None or high is None or low >= high:
        return []
    bounds = edits.narrowed(params.get("truncate"), low, high)
    why = "values lie where the others do"
    return edits.put(params, place.inside(name), "truncate", bounds, why) if bounds else []


def _policy(finding: Finding, context: Context) -> Decision:
    if finding.defect in {"outlier", "unit_scale"}:
        return Decision(
            "ask", "rare is not wrong, and the document makes these values: a person says that none is meant"
        )
    return edits.lies_in_schema(finding, context)


SPEC = FixSpec(
    id="calm_outliers",
    title="Take away the outliers that the document makes",
    path="schema",
    defects=("outlier", "unit_scale", "volume_gap"),
    order=Order.FORMATS,
    safe="Only what the document throws out of line itself; outlying values may be meant and are asked about.",
    policy=_policy,
    plan=lambda finding, _: f"make no outliers in {finding.table}.{', '.join(finding.columns)}",
    patch=_patch,
)
