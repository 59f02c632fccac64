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
    if place is not None and isinstance(finding.details.get("declared"), Mapping):
        return _as_declared(place, finding)
    observed = edits.number(finding.evidence.observed)
    if place is None or aim is None or observed is None:
        return []
    if finding.details.get("target") == "mean_in_range":
        return _move_mean(place, observed, aim)
    if finding.details.get("target") == "weekend_share" and 0 < aim < 1 and 0 < observed < 1:
        return _move_weekend(place, observed, aim) if not _moved_already(finding, place, observed) else []
    return []


def _as_declared(place: edits.Spot, finding: Finding) -> list[Change]:
    """The distribution of the contract: its kind and its parameters."""
    name, params = place.generator
    kind, declared = str(finding.details.get("target")), dict(finding.details["declared"])
    if name != "distribution":
        return []
    key = "kind" if "kind" in params else "type"
    why = f"the {kind} that is declared"
    changes = edits.put(params, place.inside(name), key, kind, why)
    return changes + edits.put(params, place.inside(name), "params", declared, why)


def _move_mean(place: edits.Spot, observed: float, aim: float) -> list[Change]:
    name, params = place.generator
    said = params.get("params")
    kind = params.get("type", params.get("kind"))
    if name != "distribution" or not isinstance(said, Mapping):
        return []
    key = "mu" if "mu" in said else "mean"
    centre = edits.number(said.get(key))
    why, pointer = f"the mean aims at {aim:g}", f"{place.inside(name)}/params"
    moved: float | None = None
    if kind == "normal" and centre is not None:
        moved = centre + aim - observed
    elif kind == "lognormal" and centre is not None and aim > 0 and observed > 0:
        moved = centre + math.log(aim / observed)
    if moved is not None:
        return edits.put(said, pointer, key, round(moved, 4), why)
    return _scale(said, pointer, str(kind), aim / observed, why) if observed > 0 and aim > 0 else []


# Kinds whose mean is in proportion to these parameters.
_PROPORTIONAL = {
    "uniform": ("low", "min", "high", "max"),
    "triangular": ("low", "mode", "high"),
    "exponential": ("scale",),
    "gamma": ("scale",),
    "weibull": ("scale",),
    "pareto": ("xm",),
    "poisson": ("lambda", "lam"),
}


def _scale(said: Mapping[str, Any], pointer: str, kind: str, factor: float, why: str) -> list[Change]:
    changes: list[Change] = []
    for key in _PROPORTIONAL.get(kind, ()):
        value = edits.number(said.get(key))
        changes += edits.put(said, pointer, key, round(value * factor, 4), why) if value is not None else []
    return changes


_OFF = 0.03  # of a share: more than chance takes a weekend from its weights


def _moved_already(finding: Finding, place: edits.Spot, observed: float) -> bool:
    """Whether another patch gave the days weights since they were looked at, and these lie within the target."""
    pointer, weights = _days(place.generator[1], "")
    if not pointer or len(weights) != _WEEK or sum(weights) <= 0:
        return False
    share = sum(weights[_SATURDAY:]) / sum(weights)
    low, high = (edits.number(finding.details.get(end)) for end in ("min", "max"))
    inside = (low is None or share >= low) and (high is None or share <= high)
    return inside and abs(share - observed) > _OFF


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
