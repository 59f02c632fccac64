"""By choice: one row of the parent table stands for what is not known, and orphans refer to it; columns mark both."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, Value, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _orphans as orphans
from datapolisher.fixes.data._places import words
from datapolisher.fixes.data.point_to_unknown_parent import unknown
from datapolisher.sql import INTEGERS, Scalar
from datapolisher.steps import AddColumn, AddRows, Step
from datapolisher.workbench import Workbench


def _key(found: orphans.Orphans, context: Context) -> Scalar:
    """The key that the row would have; None for a type that has none, and where the table has such a row, or its key."""
    parent, column = found.key.references.table, found.key.references.columns[0]
    type_ = context.type_of(parent, column)
    if type_ not in {*INTEGERS, "VARCHAR"} or unknown(found, context) is not None:
        return None
    key: Scalar = "unknown" if type_ == "VARCHAR" else 0 if str(type_).startswith("U") else -1
    with Workbench(context.dataset) as bench:
        return None if bench.count(parent, call("equal", Column(column), key)) else key


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found, table = orphans.find(finding, context), finding.table or ""
    if found is None or not found.left or len(found.key.columns) != 1:
        return []
    mark, key = (
        orphans.new_parents(found, context),
        context.once(("new parent", finding.id), lambda: _key(found, context)),
    )
    moved = orphans.forget(found, table, context, key) if key is not None else []
    if mark is None or not moved:
        return []
    parent, keys = found.key.references.table, found.key.references.columns
    row = AddRows(parent, keys, mark, values=(key,))
    return [AddColumn(parent, mark, "BOOLEAN", Value(False), mark=True), *moved, row]


def _plan(finding: Finding, context: Context) -> str:
    found = orphans.find(finding, context)
    parent = found.key.references.table if found else ""
    return f"add one row to {parent} for the unknown, let orphans of {words(finding)} refer to it, and mark both"


SPEC = FixSpec(
    id="insert_unknown_parent",
    title="Add one row for an unknown parent, and let orphans refer to it",
    path="postprocess",
    defects=("foreign_key_orphan", "constraint_violated"),
    order=Order.ROWS_AND_COLUMNS,
    safe="What was referred to is forgotten; the new row and the orphans are marked: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "what the rows referred to would be forgotten"),
    plan=_plan,
    steps=_steps,
    by_choice=True,
)
