"""By choice: a comma in a number is its decimal mark."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _conventions as conventions
from datapolisher.fixes.data._places import words
from datapolisher.steps import Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    return conventions.read(finding, context, conventions.decimal_commas())


SPEC = FixSpec(
    id="read_decimal_commas",
    title="Read numbers with a decimal comma",
    path="postprocess",
    defects=("mixed_type", "type_mismatch"),
    order=Order.TYPES,
    safe="1,234 does not say what its comma is: only a person may choose it, for the whole column.",
    policy=lambda _finding, _context: Decision("ask", "1,234 may be one and a bit, or a thousand and more"),
    plan=lambda finding, _: f"read numbers of {words(finding)} with a decimal comma, points before it as thousands",
    steps=_steps,
    by_choice=True,
)
