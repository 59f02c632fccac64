"""By choice: a first or last time that a table keeps of its children is computed again from them."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Cast, ChildAggregate, Expression, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import comparable, in_key, is_date, spot, words
from datapolisher.steps import Step, Update


def _time(finding: Finding, context: Context) -> ChildAggregate | None:
    """The children's first or last time, as the finding says it: ``MAX of visit.visited_at``."""
    op, _, place = str(finding.details.get("formula") or "").partition(" of ")
    child, _, column = place.partition(".")
    links = [key for key in context.foreign_keys(child) if key.references.table == finding.table]
    type_ = context.type_of(child, column)
    if op.lower() not in {"min", "max"} or len(links) != 1 or type_ is None or not is_date(type_):
        return None
    if not comparable(context, child, links[0]):
        return None
    return ChildAggregate(links[0].references.columns, child, links[0].columns, "max" if op == "MAX" else "min", column)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, time = spot(finding, context), _time(finding, context)
    if place is None or time is None or not is_date(place.type) or in_key(context, place):
        return []
    own, type_ = place.here, context.type_of(time.table, str(time.value)) or ""
    if place.type != type_ and "DATE" not in {place.type, type_}:
        return []
    days: list[Expression] = [own, time]
    if place.type != type_:
        days = [node if kind == "DATE" else Cast(node, "DATE") for node, kind in ((own, place.type), (time, type_))]
    value = Cast(time, place.type) if place.type != type_ else time
    return [Update(place.table, place.column, value, all_of([call("not_null", time), call("unequal", *days)]))]


SPEC = FixSpec(
    id="take_times_of_children",
    title="Compute a first or last time of children again",
    path="postprocess",
    defects=("stale_derived_column",),
    order=Order.AGGREGATES,
    safe="Children may be missing, and nobody declared that the column is theirs: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "nobody declared the formula, and children may be missing"),
    plan=lambda finding, _: f"set {words(finding)} to the {finding.details.get('formula')} where it differs",
    steps=_steps,
    by_choice=True,
)
