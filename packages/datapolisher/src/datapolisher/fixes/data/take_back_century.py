"""By choice: a time that lies ahead and would fit a hundred years before is moved there (2087 for 1987)."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, spot, words
from datapolisher.fixes.data.quarantine_future_times import after_now
from datapolisher.sql import Scalar, ident
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench

_TYPES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"})


def _ends(place: Spot, ahead: Expression, context: Context) -> tuple[Scalar, Scalar]:
    """The first and last of the times that do not lie ahead; None where there are none."""
    with Workbench(context.dataset) as bench:
        where = bench.sql_of(place.table, call("negate", ahead))
        column = ident(place.column)
        query = f"SELECT min({column}), max({column}) FROM {bench.relation(place.table)} AS t WHERE {where}"
        first, last = bench.rows(query)[0]
    return first, last


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, ahead = spot(finding, context), after_now(finding, context)
    if place is None or ahead is None or place.type not in _TYPES or in_key(context, place):
        return []
    first, last = context.once(("century", finding.id), lambda: _ends(place, ahead, context))
    if first is None:
        return []
    before = call("century_before", place.here)
    where = all_of([ahead, call("at_least", before, first), call("at_most", before, last)])
    with Workbench(context.dataset) as bench:
        return [Update(place.table, place.column, before, where)] if bench.count(place.table, where) else []


SPEC = FixSpec(
    id="take_back_century",
    title="Move times that lie ahead a hundred years back",
    path="postprocess",
    defects=("future_timestamp",),
    order=Order.TIMES,
    safe="2087 for 1987, where the column has times around it; that the century alone is wrong only a person knows.",
    policy=lambda _finding, _context: Decision("ask", "that the century alone is wrong is a guess: 2087 for 1987"),
    plan=lambda finding, _: (
        f"move {words(finding)} a hundred years back where it lies ahead and would then be among the others"
    ),
    steps=_steps,
    by_choice=True,
)
