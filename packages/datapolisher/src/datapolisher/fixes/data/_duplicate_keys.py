"""Keys that repeat: which columns, and which of their rows differ."""

from __future__ import annotations

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, KeyIn
from datapolisher.fixes.base import Context
from datapolisher.fixes.data._places import is_constraint
from datapolisher.postprocess.program import Entry
from datapolisher.steps import DropDuplicates
from datapolisher.workbench import Workbench


def key_of(finding: Finding, context: Context) -> tuple[str, ...]:
    """The key's columns; empty where the finding is about something else."""
    table = finding.table or ""
    if not is_constraint(finding, "unique") or table not in context.dataset.tables:
        return ()
    key = finding.columns or context.primary_key(table)
    return key if set(key) <= set(context.dataset.tables[table].columns) else ()


def repeated(table: str, key: tuple[str, ...]) -> Expression:
    """Rows whose key stands in several rows."""
    return KeyIn(key, table, key, "repeated")


def differing(finding: Finding, context: Context) -> tuple[int, int]:
    """Rows whose key repeats once equal rows are one, and rows of other tables that refer to such a key."""
    return context.once(("duplicates", finding.id), lambda: _counted(finding, context))


def _counted(finding: Finding, context: Context) -> tuple[int, int]:
    table, key = finding.table or "", key_of(finding, context)
    with Workbench(context.dataset) as bench:
        bench.add(Entry(finding.id, "", "", DropDuplicates(table)))
        rows = bench.count(table, repeated(table, key))
        children = [
            bench.count(child, KeyIn(link.columns, table, link.references.columns, "repeated"))
            for child, link in context.references_to(table)
            if rows and set(link.references.columns) == set(key)
        ]
    return rows, sum(children)
