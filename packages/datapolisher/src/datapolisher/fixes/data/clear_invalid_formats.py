"""By choice: a text without the form of its kind becomes null, where it may be null."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Matches, Value, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import in_key, is_constraint, text_spot, words
from datapolisher.fixes.data.normalise_formats import pattern_of
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    if not is_constraint(finding, "pattern"):
        return []
    place, pattern = text_spot(finding, context), pattern_of(finding, context)
    if place is None or pattern is None or in_key(context, place):
        return []
    if context.nullable(place.table, place.column) is False:
        return []
    with Workbench(context.dataset) as bench:
        if not bench.matches(pattern):
            return []
    return [Update(place.table, place.column, Value(None), call("negate", Matches(place.here, pattern)))]


SPEC = FixSpec(
    id="clear_invalid_formats",
    title="Set values without the form of their kind to null",
    path="postprocess",
    defects=("invalid_format", "constraint_violated"),
    order=Order.SENTINELS,
    safe="The row stays, and the value is lost: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "the value would be lost, the row would stay"),
    plan=lambda finding, _: f"set {words(finding)} to null where it does not have its form",
    steps=_steps,
    by_choice=True,
)
