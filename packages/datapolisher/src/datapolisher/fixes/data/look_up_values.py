"""A value that its key determines and that the schema looks up from another table: write that table's value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datapolisher.documents import Finding
from datapolisher.expressions import ParentValue, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import in_key, spot, words
from datapolisher.fixes.data.quarantine_nulls import looked_up
from datapolisher.steps import Step, Update


def _dependent(finding: Finding) -> str | None:
    said: Any = finding.details.get("dependent") or next(iter(finding.columns), None)
    return said if isinstance(said, str) else None


def _value(finding: Finding, context: Context) -> ParentValue | None:
    place = spot(finding, context, _dependent(finding))
    return looked_up(place, context) if place is not None and not in_key(context, place) else None


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, value = spot(finding, context, _dependent(finding)), _value(finding, context)
    if place is None or value is None:
        return []
    other = all_of([call("not_null", value), call("unequal", place.here, value)])
    return [Update(place.table, place.column, value, other)]


SPEC = FixSpec(
    id="look_up_values",
    title="Write the value that the reference table has for the key",
    path="postprocess",
    defects=("dependency_violation", "price_inconsistent"),
    order=Order.DERIVED,
    safe="The schema says from which table the value comes; without it, either row may be the right one.",
    policy=lambda finding, _context: (
        Decision("fix", "the schema says in which table the value stands")
        if finding.defect == "dependency_violation"
        else Decision("ask", "discounts and old prices look the same: a person decides")
    ),
    plan=lambda finding, _: f"write the reference table's value where {words(finding)} differs from it",
    steps=_steps,
)
