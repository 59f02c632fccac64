"""A declared target that the data misses: move the generator that it measures, never the target."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WEEK = 7
_SATURDAY = 5


def _aim(finding: Finding) -> float | None:
    """The middle of the permitted range; its one bound where it has one."""
    bounds = [edits.number(finding.details.get(key)) for key in ("min", "max")]
    known = [bound for bound in bounds if bound is not None]
    return sum(known) / len(known) if known else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place, aim = edits.spot(finding, document), _aim(finding)
    observed = edits.number(finding.evidence.observed)
    if place is None or aim is None or observed is None:
        return []
    if finding.details.get("target") == "mean_in_range":
        return _move_mean(place, observed, aim)
    if finding.details.get("target") == "weekend_share" and 0 < aim < 1 and 0 < observed < 1:
        return _move_weekend(place, observed, aim)
    return []


def _move_mean(place: edits.Spot, observed: float, aim: float) -> list[Change]:
    name, params = place.generator
    said = params.get("params")
    kind = params.get("type", params.get("kind"))
    if name != "distribution" or not isinstance(said, Mapping):
        return []
    key = "mu" if "mu" in said else "mean"
    centre = edits.number(said.get(key))
    moved: float | None = None
    if kind == "normal" and centre is not None:
        moved = centre + aim - observed
    elif kind == "lognormal" and centre is not None and aim > 0 and observed > 0:
        moved = centre + math.log(aim / observed)
    if moved is None:
        return []
    return edits.put(said, f"{place.inside(name)}/params", key, round(moved, 4), f"the mean aims at {aim:g}")


def _move_weekend(place: edits.Spot, observed: float, aim: float) -> list[Change]:
    """Scale the weekend's weights by the ratio of the odds."""
    name, params = place.generator
    if name != "datetime_series":
        return []
    factor = (aim / (1 - aim)) / (observed / (1 - observed))
    pointer, weights = _days(params, place.inside(name))
    scaled = [round(w * factor, 4) if day >= _SATURDAY else w for day, w in enumerate(weights)]
    reason = f"the weekend's share aims at {aim:.0%}"
    if pointer:
        return [Change("replace", pointer, reason, scaled)]
    pattern = {"dimension": "dow", "weights": scaled}
    if isinstance(params.get("patterns"), list):
        return [Change("add", f"{place.inside(name)}/patterns/-", reason, pattern)]
    return [Change("add", f"{place.inside(name)}/patterns", reason, [pattern])]


def _days(params: Mapping[str, Any], pointer: str) -> tuple[str, list[float]]:
    """Where the weights of the weekdays stand, and what they are; even ones where there are none."""
    listed = [("pattern", params.get("pattern"))]
    listed += [(f"patterns/{i}", one) for i, one in enumerate(params.get("patterns") or [])]
    for where, one in listed:
        if isinstance(one, Mapping) and one.get("dimension") == "dow":
            return f"{pointer}/{where}/weights", list(one.get("weights", []))
    return "", [1.0] * _WEEK


SPEC = FixSpec(
    id="reach_target",
    title="Move the generator that a target measures",
    path="schema",
    defects=("target_missed",),
    order=Order.AGGREGATES,
    safe="Somebody declared the target; the target itself never moves.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"move {finding.table}.{', '.join(finding.columns)} towards its target",
    patch=_patch,
)
