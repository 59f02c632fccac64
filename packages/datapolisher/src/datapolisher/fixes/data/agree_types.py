"""By choice: a column that files keep in different types gets, in each of them, the one that holds all their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datapolisher.documents import Finding
from datapolisher.expressions import Column
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.sql import INTEGERS
from datapolisher.steps import Step, Update

_REAL = frozenset({"FLOAT", "DOUBLE"})


def _changed(finding: Finding, context: Context) -> list[str]:
    """The columns whose types differ between the files and are numbers of one kind, which are read as the widest."""
    table = context.dataset.tables.get(finding.table or "")
    said: Any = finding.details.get("changed")
    listed = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    found = []
    for one in listed:
        name, types = str(one.get("column")), {str(one.get("before")), str(one.get("after"))}
        held = table is not None and name in table.columns and name not in table.partitions
        if held and (types <= INTEGERS or types <= _REAL):
            found.append(name)
    return list(dict.fromkeys(found))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    return [Update(finding.table or "", name, Column(name)) for name in _changed(finding, context)]


SPEC = FixSpec(
    id="agree_types",
    title="Give all files of a table the type that holds their values",
    path="postprocess",
    defects=("schema_drift",),
    order=Order.TYPES,
    safe="No value changes; only a person knows whether the files are meant to differ.",
    policy=lambda _finding, _context: Decision("ask", "only a person knows whether the files are meant to differ"),
    plan=lambda finding, context: (
        f"write {', '.join(_changed(finding, context))} in all files of {finding.table} as the type that holds all values"
    ),
    steps=_steps,
    by_choice=True,
)
