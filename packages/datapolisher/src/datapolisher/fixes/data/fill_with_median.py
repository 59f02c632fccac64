"""By choice: nulls of a number become its median; a column marks the rows."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _fills as fills
from datapolisher.fixes.data._places import words
from datapolisher.sql import Scalar, is_number
from datapolisher.steps import Step


def _value(finding: Finding, context: Context) -> Scalar:
    place = fills.fillable(finding, context)
    if place is None or not is_number(place.type):
        return None
    return context.once(("median", finding.id), lambda: fills.measured("median", place, context))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    return fills.filled(fills.fillable(finding, context), _value(finding, context))


SPEC = FixSpec(
    id="fill_with_median",
    title="Fill nulls with the median",
    path="postprocess",
    defects=("unexpected_null",),
    order=Order.DERIVED,
    safe="A likely value is no known one: only a person may choose it, never for keys, money, times and medical data; rows are marked.",
    policy=lambda _finding, _context: Decision("ask", "what is likely is not what is known"),
    plan=lambda finding, context: (
        f"fill nulls of {words(finding)} with the median, {_value(finding, context)}, and mark the rows"
    ),
    steps=_steps,
    by_choice=True,
)
