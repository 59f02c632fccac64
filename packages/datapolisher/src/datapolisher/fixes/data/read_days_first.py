"""By choice: dates such as 03/04/25 are read with the day first."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _conventions as conventions
from datapolisher.fixes.data._places import words
from datapolisher.fixes.data.cast_text import target_of
from datapolisher.steps import Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    convention = conventions.days("dmy", context, instants=target_of(finding) == "TIMESTAMP")
    if finding.defect == "invalid_format":
        return conventions.dates_reformed(finding, context, convention)
    return conventions.read(finding, context, convention)


SPEC = FixSpec(
    id="read_days_first",
    title="Read dates with the day first",
    path="postprocess",
    defects=("mixed_type", "type_mismatch", "invalid_format"),
    order=Order.TYPES,
    safe="03/04/25 does not say which is the day: only a person may choose it, for the whole column.",
    policy=lambda _finding, _context: Decision("ask", "03/04/25 does not say which number is the day"),
    plan=lambda finding, _: (
        f"read dates of {words(finding)} with the day first, years of two digits up to ten years ahead"
    ),
    steps=_steps,
    by_choice=True,
)
