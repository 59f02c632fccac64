"""A value that is not in the declared list: mend those in another dress, take the other rows out."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, FixSpec, Order
from datapolisher.fixes.data._lists import accepted_values, unlisted
from datapolisher.fixes.data._places import is_constraint, quarantine_if_declared, text_spot, words
from datapolisher.fixes.data.map_category_variants import mapping
from datapolisher.steps import MapValues, Quarantine, Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = text_spot(finding, context) if is_constraint(finding, "enum") else None
    unknown = unlisted(finding, context)
    if place is None or unknown is None:
        return []
    pairs = mapping(finding, context)
    mend = [MapValues(place.table, place.column, tuple(sorted(pairs.items())))] if pairs else []
    return [*mend, Quarantine(place.table, unknown, "unknown_category")]


SPEC = FixSpec(
    id="quarantine_unknown_categories",
    title="Quarantine rows whose value is not in the declared list",
    path="postprocess",
    defects=("unknown_category", "constraint_violated"),
    order=Order.CATEGORIES,
    safe="The value may be a new, true category: the row is held, and the list stays as it is.",
    policy=quarantine_if_declared,
    plan=lambda finding, context: (
        f"quarantine rows of {words(finding)} that are none of {', '.join(accepted_values(finding, context)[:8])}"
    ),
    steps=_steps,
)
