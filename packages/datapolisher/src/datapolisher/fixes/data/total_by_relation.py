"""By choice: a total that the analyst found to be that of the children is computed again where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, get_args

from datapolisher.documents import Finding, ForeignKey
from datapolisher.expressions import AggregateName, ChildAggregate, Expression, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, comparable, in_key, spot
from datapolisher.fixes.data.recompute_columns import differs
from datapolisher.steps import Step, Update


def _link(finding: Finding, place: Spot, context: Context) -> ForeignKey | None:
    child, said = str(finding.details.get("child_table") or ""), finding.details.get("foreign_key")
    named = tuple(map(str, said)) if isinstance(said, list) else ()
    links = [
        key
        for key in context.foreign_keys(child)
        if key.references.table == place.table and (not named or key.columns == named)
    ]
    return links[0] if len(links) == 1 and comparable(context, child, links[0]) else None


def _total(finding: Finding, place: Spot, context: Context) -> Expression | None:
    child, column, op = (finding.details.get(name) for name in ("child_table", "child_column", "op"))
    link = _link(finding, place, context)
    if link is None or op not in get_args(AggregateName):
        return None
    if op != "count" and (not isinstance(column, str) or context.type_of(str(child), column) is None):
        return None
    of = ChildAggregate(
        link.references.columns, str(child), link.columns, cast(AggregateName, op), column if op != "count" else None
    )
    return call("round_double", of, 2) if place.type == "DOUBLE" and op in {"sum", "mean"} else of


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    named = finding.details.get("parent_column")
    place = spot(finding, context, named if isinstance(named, str) else None)
    total = _total(finding, place, context) if place and not in_key(context, place) else None
    if place is None or total is None:
        return []
    off = differs(place, total, finding.details.get("tolerance"))
    return [Update(place.table, place.column, total, all_of([call("not_null", total), off]))]


SPEC = FixSpec(
    id="total_by_relation",
    title="Compute a total of children again where it does not hold",
    path="postprocess",
    defects=("aggregate_mismatch",),
    order=Order.AGGREGATES,
    safe="Missing children are as likely as a wrong total: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "missing children are as likely as a wrong total"),
    plan=lambda finding, _: (
        f"set {finding.table}.{finding.details.get('parent_column')} to the {finding.details.get('op')} of its "
        f"{finding.details.get('child_table')} where it differs"
    ),
    steps=_steps,
    by_choice=True,
)
