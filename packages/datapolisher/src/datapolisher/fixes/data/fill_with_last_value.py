"""By choice: nulls become the last value before them, in the order of the files; a column marks the rows."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _fills as fills
from datapolisher.fixes.data._places import words
from datapolisher.steps import Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = fills.fillable(finding, context)
    return fills.filled(place, call("last_known", Column(place.column)) if place else None)


SPEC = FixSpec(
    id="fill_with_last_value",
    title="Fill nulls with the value before",
    path="postprocess",
    defects=("unexpected_null",),
    order=Order.DERIVED,
    safe="Right where rows follow one another and nothing changed in between: only a person may choose it; rows are marked.",
    policy=lambda _finding, _context: Decision("ask", "that nothing changed in between is a guess"),
    plan=lambda finding, _: (
        f"fill nulls of {words(finding)} with the last value before them in the files, and mark the rows"
    ),
    steps=_steps,
    by_choice=True,
)
