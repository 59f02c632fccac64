"""Activity without a rhythm: weight the days of the week and the hours of the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, Context, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "people sleep and have weekends"
# Monday first, midnight first: quieter weekends and nights, neither flat nor extreme.
_SATURDAY = 5
_DAYS = [1.0, 1.05, 1.05, 1.0, 1.0, 0.75, 0.7]
_HOURS = [0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1.1, 1.4, 1.6, 1.6, 1.5, 1.4, 1.4, 1.4, 1.4, 1.5, 1.5, 1.4, 1.2, 0.9]
_HOURS += [0.7, 0.5]
_FINE = ("H", "T", "S", "MIN")  # grids on which an hour of the day means something


def _column(finding: Finding) -> str | None:
    said = finding.details.get("time_column")
    return said if isinstance(said, str) else next(iter(finding.columns), None)


def _shaped(params: Any, place: edits.Spot) -> set[str]:
    """Dimensions that some pattern of the column shapes already."""
    listed = [params.get("pattern"), *(params.get("patterns") or [])]
    patterns = [one for one in listed if isinstance(one, dict)]
    modifiers = [m.get("args", {}) for m in place.column.get("modifiers", []) if m.get("transform") == "seasonality"]
    return {one.get("dimension") for one in (*patterns, *modifiers)}


def _follows_steps(finding: Finding, place: edits.Spot, document: SchemaDocument) -> bool:
    """Whether the times are those of stages or states: they follow each other, and no pattern shapes them."""
    found = document.node(finding.table or "")
    if found is None or not {"stage_config", "state_transition_model"} & set(found[1]):
        return False
    times = [column for column in found[1].get("columns", []) if column.get("type") == "datetime"]
    return bool(times) and times[0].get("name") == place.column.get("name")


def _week(table: str | None, place: edits.Spot, document: SchemaDocument) -> list[float]:
    """Weights of the days; the weekend's scaled into the share that a target names."""
    aims = (document.tree.get("targets") or {}).get("weekend_share") or []
    for aim in aims if isinstance(aims, list) else [aims]:
        if aim.get("table") != table or aim.get("timestamp") != place.column.get("name"):
            continue
        bounds = [bound for bound in (edits.number(aim.get(end)) for end in ("min", "max")) if bound is not None]
        share, days = sum(bounds) / max(len(bounds), 1), sum(_DAYS[:_SATURDAY])
        if 0 < share < 1:
            factor = share / (1 - share) * days / sum(_DAYS[_SATURDAY:])
            return [*_DAYS[:_SATURDAY], *(round(day * factor, 4) for day in _DAYS[_SATURDAY:])]
    return _DAYS


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document, _column(finding))
    if place is None or place.generator[0] != "datetime_series":
        return []
    if _follows_steps(finding, place, document):
        return []
    written = edits.expected_column(finding, document, _column(finding))
    if written is not None and (told := edits.rhythm(place, written, "the contract's rhythm")):
        return told
    _, params = place.generator
    shaped = _shaped(params, place)
    freq = str(params.get("freq") or document.tree.get("timeframe", {}).get("freq", "H")).lstrip("0123456789").upper()
    patterns = [] if "dow" in shaped else [{"dimension": "dow", "weights": _week(finding.table, place, document)}]
    if "hour" not in shaped and freq in _FINE and place.column.get("type") == "datetime":
        patterns.append({"dimension": "hour", "weights": _HOURS})
    pointer = place.inside("datetime_series")
    if isinstance(params.get("patterns"), list):
        return [Change("add", f"{pointer}/patterns/-", _WHY, pattern) for pattern in patterns]
    return edits.put(params, pointer, "patterns", patterns, _WHY) if patterns else []


def _plan(finding: Finding, _: Context) -> str:
    return f"weight {finding.table}.{_column(finding)} by weekday and hour"


SPEC = FixSpec(
    id="weight_times",
    title="Give times the rhythm of the week and the day",
    path="schema",
    defects=("no_seasonality",),
    order=Order.TIMES,
    safe="Only how often an instant occurs changes; the weights stand in the diff for a person to change.",
    policy=edits.lies_in_schema,
    plan=_plan,
    patch=_patch,
)
