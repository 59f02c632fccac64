"""A column of one value: let it take all that the document lists, or draw it where its bounds lie."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "the column takes more than one value"
_NARROW = 0.15  # deviation of a normal, in widths of its bounds: nearly all of it lies inside
_SIGMA = 0.6


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document)
    if place is None:
        return []
    written = edits.expected_column(finding, document)
    if written is not None and written.get("generator") not in (None, place.column.get("generator")):
        known = edits.reads_known(written, finding.table or "", document)
        return edits.generator(place, written["generator"], "the contract draws it so") if known else []
    name, params = place.generator
    if name == "choice":
        return _weighted(place, params)
    return _recentred(place, params) if name == "distribution" else []


def _weighted(place: edits.Spot, params: Mapping[str, Any]) -> list[Change]:
    """Several choices of which only one has a weight: as often as each other, until somebody says otherwise."""
    weights, values = params.get("weights"), params.get("choices")
    if not isinstance(values, list) or not isinstance(weights, list) or len(set(map(str, values))) < 2:
        return []
    return edits.drop(params, place.inside("choice"), "weights", _WHY)


def _recentred(place: edits.Spot, params: Mapping[str, Any]) -> list[Change]:
    """A distribution that lies beyond its own bounds, so that all of it is clipped: into their middle.

    A lognormal whose mean was given in the unit of the values, not of their logarithms, is the usual cause.
    """
    said, bounds = params.get("params"), params.get("clamp")
    kind = params.get("type", params.get("kind"))
    if not isinstance(said, Mapping) or not isinstance(bounds, list) or not bounds[0] < bounds[1]:
        return []
    low, high = float(bounds[0]), float(bounds[1])
    centre, width = ("mu" if "mu" in said else "mean"), ("std" if "std" in said else "sigma")
    mean, spread = edits.number(said.get(centre)), edits.number(said.get(width))
    if mean is None or kind not in {"normal", "lognormal"} or (kind == "lognormal" and low < 0):
        return []
    logs = kind == "lognormal"
    inside = _log(low) < mean < _log(high) if logs else low < mean < high
    if spread and inside:
        return []
    aim = mean if low < mean < high else (low + high) / 2
    pointer = f"{place.inside('distribution')}/params"
    middle = round(math.log(aim) - _SIGMA**2 / 2, 4) if logs else aim
    changes = edits.put(said, pointer, centre, middle, _WHY)
    return changes + edits.put(said, pointer, width, _SIGMA if logs else round((high - low) * _NARROW, 6), _WHY)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


SPEC = FixSpec(
    id="vary_values",
    title="Let a column take more than one value",
    path="schema",
    defects=("constant_column",),
    order=Order.CATEGORIES,
    safe="Only where the document itself lists more values or bounds that lie apart; one tenant or currency stays one.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"let {finding.table}.{', '.join(finding.columns)} vary as the document lists",
    patch=_patch,
)
