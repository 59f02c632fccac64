"""By choice: a value that is not in the declared list becomes null, where it may be null."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._lists import unlisted
from datapolisher.fixes.data._places import cleared, text_spot, words
from datapolisher.steps import Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    return cleared(text_spot(finding, context), unlisted(finding, context), context)


SPEC = FixSpec(
    id="clear_unknown_categories",
    title="Set values that are not in the list to null",
    path="postprocess",
    defects=("unknown_category", "constraint_violated"),
    order=Order.CATEGORIES,
    safe="The row stays, and the value, which may be a new category, is lost: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "the value would be lost, the row would stay"),
    plan=lambda finding, _: f"set {words(finding)} to null where it is none of its list",
    steps=_steps,
    by_choice=True,
)
