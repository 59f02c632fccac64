"""A parent's total that is not that of its children: compute it again where the schema declares it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast, get_args

from datapolisher.documents import Finding
from datapolisher.expressions import AggregateName, ChildAggregate, Expression, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._declared import as_rounded, generator_of
from datapolisher.fixes.data._places import Spot, comparable, spot
from datapolisher.fixes.data.recompute_columns import differs
from datapolisher.sql import ident
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench

_MOST_DECIMALS = 6


class _Total(NamedTuple):
    """A parent's column and the children's aggregate that it is."""

    place: Spot
    value: Expression


def _total(finding: Finding, context: Context) -> _Total | None:
    """As the schema's generator ``aggregate`` declares it."""
    named = finding.details.get("parent_column")
    place = spot(finding, context, named if isinstance(named, str) else None)
    said: Any = generator_of(place.table, place.column, context).get("aggregate") if place else None
    if place is None or not isinstance(said, dict) or "where" in said or said.get("op") not in get_args(AggregateName):
        return None
    child, _, value = str(said.get("of", "")).partition(".")
    links = [key for key in context.foreign_keys(child) if key.references.table == place.table]
    if len(links) != 1 or not comparable(context, child, links[0]):
        return None
    if said["op"] != "count" and context.type_of(child, value) is None:
        return None
    link = links[0]
    of: Expression = ChildAggregate(
        link.references.columns, child, link.columns, cast(AggregateName, said["op"]), value or None
    )
    if said["op"] == "sum" and place.type == "DOUBLE":
        of_terms = decimals(child, value, context)
        of = call("round_double", of, of_terms) if of_terms is not None else of
    default = said.get("default", 0 if said["op"] in {"sum", "count"} else None)
    total = of if default is None else call("first_known", of, default)
    return _Total(place, as_rounded(total, place.table, place.column, context))


def decimals(table: str, column: str, context: Context) -> int | None:
    """The decimals that every value of a column of real numbers keeps to; None for more than six.

    A sum has no more of them than its terms; what stands behind them is the noise of adding doubles.
    """
    name = ident(column)
    with Workbench(context.dataset) as bench:
        tests = ", ".join(f"bool_and(round({name}, {digits}) = {name})" for digits in range(_MOST_DECIMALS + 1))
        found = bench.rows(f"SELECT {tests} FROM {bench.relation(table)} WHERE isfinite(CAST({name} AS DOUBLE))")[0]
    return next((digits for digits, holds in enumerate(found) if holds), None)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    total = _total(finding, context)
    if total is None:
        return []
    where = differs(total.place, total.value, finding.details.get("tolerance"))
    return [Update(total.place.table, total.place.column, total.value, where)]


SPEC = FixSpec(
    id="recompute_totals",
    title="Compute totals of children again",
    path="postprocess",
    defects=("aggregate_mismatch",),
    order=Order.AGGREGATES,
    safe="The schema says that the total is derived; without it, missing children are as likely as a wrong total.",
    policy=lambda _finding, _context: Decision("fix", "the schema declares the total as derived from its children"),
    plan=lambda finding, _: f"compute {finding.table}.{', '.join(finding.columns)} again from its children",
    steps=_steps,
)
