"""By choice: a value outside its range becomes null, where the column may be null."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import cleared, spot, words
from datapolisher.fixes.data.quarantine_out_of_range import outside
from datapolisher.steps import Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    return cleared(spot(finding, context), outside(finding, context), context)


SPEC = FixSpec(
    id="clear_out_of_range",
    title="Set values outside their range to null",
    path="postprocess",
    defects=("out_of_range", "constraint_violated"),
    order=Order.SENTINELS,
    safe="The row stays, and the value is lost: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "the value would be lost, the row would stay"),
    plan=lambda finding, _: f"set {words(finding)} to null outside its range",
    steps=_steps,
    by_choice=True,
)
