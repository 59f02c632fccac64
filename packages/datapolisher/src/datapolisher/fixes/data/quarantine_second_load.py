"""A batch that was loaded twice: take the second one out, as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import ChildAggregate, Column, Expression, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import is_date, typed
from datapolisher.sql import INTEGERS, Scalar
from datapolisher.steps import Quarantine, Step


def _batches(finding: Finding, context: Context) -> tuple[str, Scalar, Scalar] | None:
    """Column, first and second batch, where a column tells them apart; None where only their time is known."""
    column = finding.details.get("batch_column")
    first, second = finding.details.get("first"), finding.details.get("second")
    type_ = context.type_of(finding.table or "", column) if isinstance(column, str) else None
    if type_ is None or first is None or second is None or first == second:
        return None
    try:
        return str(column), typed(first, type_), typed(second, type_)
    except ValueError:
        return None


def _content(finding: Finding, context: Context) -> tuple[str, ...]:
    """The columns that have to be equal: all but the surrogate key and those that differ by nature."""
    said = finding.details.get("ignored_columns")
    left = {*context.primary_key(finding.table or ""), *(map(str, said) if isinstance(said, list) else ())}
    source = context.dataset.tables.get(finding.table or "")
    return tuple(name for name in (source.columns if source else ()) if name not in left)


def _twin(finding: Finding, context: Context) -> Expression | None:
    """Rows of the days in question whose content stands in a row with an earlier key."""
    table, key, content = finding.table or "", context.primary_key(finding.table or ""), _content(finding, context)
    if len(key) != 1 or context.type_of(table, key[0]) not in INTEGERS or not content:
        return None
    twin = call("above", Column(key[0]), ChildAggregate(content, table, content, "min", key[0]))
    days = _days(finding, context)
    return all_of([*days, twin]) if days else None


def _days(finding: Finding, context: Context) -> list[Expression]:
    """``2024-03-01..2024-03-04`` of the batch column, as bounds."""
    column, said = str(finding.details.get("batch_column") or ""), str(finding.details.get("second") or "")
    type_ = context.type_of(finding.table or "", column)
    first, dots, last = said.partition("..")
    if type_ is None or not is_date(type_) or not dots:
        return []
    try:
        ends = typed(first, type_), typed(last if type_ == "DATE" else f"{last[:10]}T23:59:59.999999", type_)
    except ValueError:
        return []
    return [call("at_least", Column(column), ends[0]), call("at_most", Column(column), ends[1])]


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    table, batches = finding.table or "", _batches(finding, context)
    if table not in context.dataset.tables:
        return []
    where = call("equal", Column(batches[0]), batches[2]) if batches else _twin(finding, context)
    return [Quarantine(table, where, "double_load")] if where else []


def _policy(finding: Finding, context: Context) -> Decision:
    if _batches(finding, context):
        return Decision("quarantine", "a column tells the two batches apart")
    return Decision("ask", "no column tells the batches apart: repeat purchases look the same")


def _plan(finding: Finding, context: Context) -> str:
    batches = _batches(finding, context)
    which = (
        f"{batches[0]} = {batches[2]}" if batches else f"those of {finding.details.get('second')} with the later key"
    )
    return f"quarantine the rows of {finding.table} that were loaded a second time: {which}"


SPEC = FixSpec(
    id="quarantine_second_load",
    title="Quarantine the second load of a batch",
    path="postprocess",
    defects=("double_load",),
    order=Order.DUPLICATE_ROWS,
    safe="Only where a column proves the batch; without one, repeat purchases look the same, and a person decides.",
    policy=_policy,
    plan=_plan,
    steps=_steps,
)
