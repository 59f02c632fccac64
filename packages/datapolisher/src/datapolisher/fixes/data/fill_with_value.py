"""By choice: nulls become the value that a person says; a column marks the rows."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Argument, Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _fills as fills
from datapolisher.fixes.data._lists import accepted_values
from datapolisher.fixes.data._places import words
from datapolisher.sql import Scalar
from datapolisher.steps import Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = fills.fillable(finding, context)
    value: Scalar = fills.constant(context.argument, place.type) if place and context.argument else None
    return fills.filled(place, value)


def _suggest(finding: Finding, context: Context) -> Sequence[str] | None:
    return None if fills.fillable(finding, context) is None else []


def _wrong(said: str, finding: Finding, context: Context) -> str:
    place = fills.fillable(finding, context)
    try:
        fills.constant(said, place.type if place else "")
    except ValueError:
        return f"is no value of {words(finding)} ({place.type if place else ''})"
    accepted = accepted_values(finding, context)
    return f"is not in the declared list ({', '.join(accepted[:8])})" if accepted and said not in accepted else ""


SPEC = FixSpec(
    id="fill_with_value",
    title="Fill nulls with a value",
    path="postprocess",
    defects=("unexpected_null",),
    order=Order.DERIVED,
    safe="A default is no known value: only a person may say it, never for keys, money, times and medical data; rows are marked.",
    policy=lambda _finding, _context: Decision("ask", "a default is no known value"),
    plan=lambda finding, context: f"fill nulls of {words(finding)} with {context.argument}, and mark the rows",
    steps=_steps,
    by_choice=True,
    argument=Argument("VALUE", "what every null stands for", _suggest, _wrong),
)
