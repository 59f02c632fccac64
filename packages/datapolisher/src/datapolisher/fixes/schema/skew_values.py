"""Values spread evenly where life is skewed: a lognormal with the same mean inside the same bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "amounts are skewed: many small ones, few large ones"
_SIGMA = 0.6  # of the logarithm: the median at 0.84 of the mean, one value in a hundred above 3.4 means


def _uniform(params: Mapping[str, Any]) -> tuple[float, float] | None:
    if params.get("type", params.get("kind")) != "uniform" or not isinstance(params.get("params"), Mapping):
        return None
    said = params["params"]
    low, high = edits.number(said.get("low", said.get("min"))), edits.number(said.get("high", said.get("max")))
    return (low, high) if low is not None and high is not None and 0 <= low < high else None


# January first: a quiet start, a strong autumn; some months bring twice what others do.
_MONTHS = [0.7, 0.75, 0.9, 1.0, 1.05, 0.9, 0.8, 0.85, 1.15, 1.25, 1.4, 1.25]


def _seasonal(place: edits.Spot) -> list[Change]:
    """Months that bring more than others, where all bring the same to within chance."""
    _, params = place.generator
    patterns = [one for one in (params.get("pattern"), *(params.get("patterns") or [])) if isinstance(one, Mapping)]
    if any(one.get("dimension") == "month" for one in patterns):
        return []
    pointer, why = place.inside("datetime_series"), "no business gains the same number in every month"
    pattern = {"dimension": "month", "weights": _MONTHS}
    if isinstance(params.get("patterns"), list):
        return [Change("add", f"{pointer}/patterns/-", why, pattern)]
    return edits.put(params, pointer, "patterns", [pattern], why)


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document)
    if place is not None and place.generator[0] == "datetime_series":
        return _seasonal(place)
    bounds = _uniform(place.generator[1]) if place and place.generator[0] == "distribution" else None
    if place is None or bounds is None:
        return []
    low, high = bounds
    mu = round(math.log((low + high) / 2) - _SIGMA**2 / 2, 4)
    lognormal = {"type": "lognormal", "params": {"mean": mu, "sigma": _SIGMA}, "clamp": [low, high]}
    return edits.generator(place, {"distribution": lognormal}, _WHY)


SPEC = FixSpec(
    id="skew_values",
    title="Draw amounts from a lognormal with the same mean, and arrivals by season",
    path="schema",
    defects=("uniform_distribution",),
    order=Order.FORMATS,
    safe="Mean and bounds stay; the shape stands in the diff for a person to change.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"draw {finding.table}.{', '.join(finding.columns)} less evenly",
    patch=_patch,
)
