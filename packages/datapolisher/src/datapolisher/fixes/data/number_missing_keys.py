"""By choice: rows without a key get the next numbers, where the key is a surrogate that no other table refers to."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import spot, words
from datapolisher.sql import INTEGERS
from datapolisher.steps import Step, Update


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = spot(finding, context)
    if place is None or context.primary_key(place.table) != (place.column,) or place.type not in INTEGERS:
        return []
    if context.references_to(place.table):
        return []
    return [Update(place.table, place.column, call("numbered", place.here))]


SPEC = FixSpec(
    id="number_missing_keys",
    title="Give rows without a key the next numbers",
    path="postprocess",
    defects=("primary_key_null",),
    order=Order.PRIMARY_KEYS,
    safe="Only for a surrogate that no table refers to, and only by choice: a key that is made up can hide a lost one.",
    policy=lambda _finding, _context: Decision("ask", "keys would be made up"),
    plan=lambda finding, _: f"number the rows without {words(finding)} on from its greatest value",
    steps=_steps,
    by_choice=True,
)
