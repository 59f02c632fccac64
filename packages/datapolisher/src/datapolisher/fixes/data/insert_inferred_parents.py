"""By choice: each missing parent gets a row with its key alone, which a column marks."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import KeyIn, Value
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _orphans as orphans
from datapolisher.fixes.data._places import words
from datapolisher.steps import AddColumn, AddRows, Step


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found, table = orphans.find(finding, context), finding.table or ""
    mark = orphans.new_parents(found, context) if found is not None and found.left else None
    if found is None or mark is None or not _alike(found, table, context):
        return []
    parent, keys = found.key.references.table, found.key.references.columns
    return [
        *orphans.respelled(found, table),
        AddColumn(parent, mark, "BOOLEAN", Value(False), mark=True),
        AddRows(parent, keys, mark, KeyIn(keys, table, found.key.columns)),
    ]


def _alike(found: orphans.Orphans, table: str, context: Context) -> bool:
    """Whether both sides have the same types, so that every key of a child can be one of a parent."""
    key = found.key
    pairs = zip(key.columns, key.references.columns, strict=True)
    return all(context.type_of(table, own) == context.type_of(key.references.table, other) for own, other in pairs)


def _plan(finding: Finding, context: Context) -> str:
    found = orphans.find(finding, context)
    missing = found.missing - len(found.repairs) if found else 0
    parent = found.key.references.table if found else ""
    return f"add {missing:,} rows to {parent} for keys of {words(finding)} without a parent: the key alone, marked"


SPEC = FixSpec(
    id="insert_inferred_parents",
    title="Add a row with the key alone for each missing parent",
    path="postprocess",
    defects=("foreign_key_orphan", "constraint_violated"),
    order=Order.ROWS_AND_COLUMNS,
    safe="That each parent exists is asserted, and nothing else about it; the rows are marked: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "that the missing parents exist would be asserted"),
    plan=_plan,
    steps=_steps,
    by_choice=True,
)
