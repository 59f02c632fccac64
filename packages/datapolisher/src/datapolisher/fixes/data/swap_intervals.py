"""By choice: an end before its start: exchange the two."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Cast, Column, Expression, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, is_constraint, is_date, words
from datapolisher.fixes.data.quarantine_inverted_intervals import sides
from datapolisher.sql import ident
from datapolisher.steps import Step, Swap
from datapolisher.workbench import Workbench


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = sides(finding) if is_constraint(finding, "inequality") else None
    table = finding.table or ""
    if found is None or found[1] not in {"below", "above"}:
        return []
    left, broken, right = found
    type_ = context.type_of(table, left)
    if type_ is None or context.type_of(table, right) != type_:
        return []
    if any(in_key(context, Spot(table, name, type_)) for name in (left, right)):
        return []
    start, end = (right, left) if broken == "below" else (left, right)
    fits = context.once(("swapped", finding.id), lambda: _fitting(table, start, end, type_, context))
    return [Swap(table, left, right, all_of([call(broken, Column(left), Column(right)), fits]))] if fits else []


def _fitting(table: str, start: str, end: str, type_: str, context: Context) -> Expression | None:
    """The rows whose length, once swapped, is none that the rows in order do not have; None for no such row."""
    first, last, timed = ident(start), ident(end), is_date(type_)
    length = f"epoch({last}) - epoch({first})" if timed else f"{last} - {first}"
    with Workbench(context.dataset) as bench:
        query = f"SELECT max({length}) FROM {bench.relation(table)} WHERE {last} >= {first}"
        longest = bench.value(query)
        if longest is None:
            return None
        ends = [Cast(Column(name), "TIMESTAMP") if type_ == "DATE" else Column(name) for name in (start, end)]
        back = call("minus_seconds", ends[0], float(longest)) if timed else call("minus", ends[0], longest)
        inside = call("at_most", back, ends[1])
        swapped = all_of([call("above", Column(start), Column(end)), inside])
        return inside if bench.count(table, swapped) else None


SPEC = FixSpec(
    id="swap_intervals",
    title="Exchange start and end where the end is earlier",
    path="postprocess",
    defects=("interval_inverted", "constraint_violated"),
    order=Order.TIMES,
    safe="Only where the swapped length is none that the others do not have; that both are right is a guess: only by choice.",
    policy=lambda _finding, _context: Decision("ask", "that the two instants only changed places is a guess"),
    plan=lambda finding, _: (
        f"exchange the two times of {words(finding)} where their order is broken and the length then fits"
    ),
    steps=_steps,
    by_choice=True,
)
