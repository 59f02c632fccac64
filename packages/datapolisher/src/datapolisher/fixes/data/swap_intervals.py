"""By choice: an end before its start: exchange the two."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, words
from datapolisher.fixes.data.quarantine_inverted_intervals import sides
from datapolisher.steps import Step, Swap


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = sides(finding)
    table = finding.table or ""
    if found is None or found[1] not in {"below", "above"}:
        return []
    left, broken, right = found
    types = [context.type_of(table, name) for name in (left, right)]
    if types[0] != types[1] or types[0] is None:
        return []
    if any(in_key(context, Spot(table, name, types[0])) for name in (left, right)):
        return []
    return [Swap(table, left, right, call(broken, Column(left), Column(right)))]


SPEC = FixSpec(
    id="swap_intervals",
    title="Exchange start and end where the end is earlier",
    path="postprocess",
    defects=("interval_inverted",),
    order=Order.TIMES,
    safe="That both instants are right and only change places is a guess: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "that the two instants only changed places is a guess"),
    plan=lambda finding, _: f"exchange the two times of {words(finding)} where their order is broken",
    steps=_steps,
    by_choice=True,
)
