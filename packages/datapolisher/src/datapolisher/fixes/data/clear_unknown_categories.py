"""By choice: a value that is not in the declared list becomes null, where it may be null."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Value
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._lists import unlisted
from datapolisher.fixes.data._places import in_key, text_spot, words
from datapolisher.steps import Step, Update


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, where = text_spot(finding, context), unlisted(finding, context)
    if place is None or where is None or in_key(context, place):
        return []
    if context.nullable(place.table, place.column) is False:
        return []
    return [Update(place.table, place.column, Value(None), where)]


SPEC = FixSpec(
    id="clear_unknown_categories",
    title="Set values that are not in the list to null",
    path="postprocess",
    defects=("unknown_category",),
    order=Order.CATEGORIES,
    safe="The row stays, and the value, which may be a new category, is lost: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "the value would be lost, the row would stay"),
    plan=lambda finding, _: f"set {words(finding)} to null where it is none of its list",
    steps=_steps,
    by_choice=True,
)
