"""Times that the document shifts by whole hours: take the shift away."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "all times are of one zone"
_HOUR = 3600
_OFFSET = re.compile(r"[+-]\d{2}:?\d{2}$")


def _shifts(modifier: Mapping[str, Any]) -> bool:
    """Whether a modifier moves a time by whole hours, all times or those that an effect picks."""
    args = modifier.get("args") or {}
    if modifier.get("transform") == "add":
        seconds = edits.number(args.get("value"))
        return bool(seconds) and seconds is not None and seconds % _HOUR == 0
    return modifier.get("transform") == "effect" and (args.get("map") or {}).get("op") == "add"


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document)
    if place is None or place.column.get("type") != "datetime":
        return []
    return [*edits.without_modifiers(place, _shifts, _WHY), *_offsets(place)]


def _offsets(place: edits.Spot) -> list[Change]:
    """The column's own window, written with an offset: the same hours in UTC."""
    name, params = place.generator
    within = params.get("within")
    if name != "datetime_series" or not isinstance(within, Mapping):
        return []
    changes: list[Change] = []
    for end in ("start", "end"):
        if _OFFSET.search(str(within.get(end, ""))):
            changes += edits.put(within, f"{place.inside(name)}/within", end, _OFFSET.sub("Z", str(within[end])), _WHY)
    return changes


SPEC = FixSpec(
    id="drop_shifts",
    title="Take shifts by whole hours out of the times",
    path="schema",
    defects=("timezone_shift",),
    order=Order.TIMES,
    safe="Travellers and night shifts look alike: asked; only a shift that the document itself makes is taken away.",
    policy=edits.by_choice("a segment of another time zone may be meant: a person decides"),
    plan=lambda finding, _: f"draw {finding.table}.{', '.join(finding.columns)} in one zone",
    patch=_patch,
)
