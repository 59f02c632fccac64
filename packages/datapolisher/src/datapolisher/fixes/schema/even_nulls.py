"""Nulls that pile up in one period: draw them evenly, at the usual rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "nulls come at the usual rate at all times"


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place, usual = edits.spot(finding, document), edits.number(finding.details.get("baseline_rate"))
    if place is None or usual is None or not 0 <= usual < 1:
        return []
    if usual == 0:
        return [*edits.rewrite_choices(place, {None: edits.REMOVED}, _WHY), *edits.not_null(place, _WHY)]
    changes = edits.rewrite_choices(place, {None: edits.REMOVED}, _WHY)
    changes += edits.put(place.column, place.pointer, "nullable", True, _WHY)
    return [*changes, *edits.put(place.column, place.pointer, "null_rate", round(usual, 4), _WHY)]


SPEC = FixSpec(
    id="even_nulls",
    title="Draw nulls at their usual rate",
    path="schema",
    defects=("null_spike",),
    order=Order.SENTINELS,
    safe="The nulls of one period are a fault upstream, which a test may want to have: asked.",
    policy=edits.by_choice("nulls of one period may be meant: a person decides whether they come evenly"),
    plan=lambda finding, _: (
        f"draw nulls of {finding.table}.{', '.join(finding.columns)} at {finding.details.get('baseline_rate')}"
    ),
    patch=_patch,
)
