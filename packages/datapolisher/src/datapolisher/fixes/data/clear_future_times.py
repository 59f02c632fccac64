"""By choice: an instant after the analysis date becomes null, where it may be null."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import cleared, spot, words
from datapolisher.fixes.data.quarantine_future_times import after_now
from datapolisher.steps import Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    return cleared(spot(finding, context), after_now(finding, context), context)


SPEC = FixSpec(
    id="clear_future_times",
    title="Set times that lie in the future to null",
    path="postprocess",
    defects=("future_timestamp",),
    order=Order.SENTINELS,
    safe="The row stays, and its time is lost: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "the time would be lost, the row would stay"),
    plan=lambda finding, _: f"set {words(finding)} to null after the analysis date",
    steps=_steps,
    by_choice=True,
)
