"""By choice: a column that some files call otherwise becomes one with the column that the others have."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from datapolisher.documents import Finding
from datapolisher.expressions import Column, all_of, call
from datapolisher.fixes.base import Argument, Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key
from datapolisher.source import TableFiles
from datapolisher.steps import DropColumn, Step, Update
from datapolisher.workbench import Workbench

_ALIKE = 0.6


def _names(finding: Finding, key: str, table: TableFiles) -> list[str]:
    said: Any = finding.details.get(key)
    listed = [str(name) for name in said] if isinstance(said, list) else []
    return [name for name in listed if name in table.columns and name not in table.partitions]


def _table(finding: Finding, context: Context) -> TableFiles | None:
    """The table, where some of its files have columns that others lack, and the reverse."""
    table = context.dataset.tables.get(finding.table or "")
    if table is None or len(table.files) < 2:
        return None
    return table if _names(finding, "added", table) and _names(finding, "removed", table) else None


def _pair(said: str) -> tuple[str, str]:
    old, _, new = said.partition("=")
    return old.strip(), new.strip()


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    table, (old, new) = _table(finding, context), _pair(context.argument)
    if table is None or not new:
        return []
    value = call("first_known", Column(new), Column(old))
    return [Update(table.name, new, value), DropColumn(table.name, old, table.columns[old])]


def _suggest(finding: Finding, context: Context) -> Sequence[str] | None:
    """Pairs of a column that most files lack and one that they have, of one type and alike in name."""
    table = _table(finding, context)
    if table is None:
        return None
    pairs = [(old, new) for old in _names(finding, "added", table) for new in _names(finding, "removed", table)]
    alike = {(o, n): SequenceMatcher(None, o.lower(), n.lower()).ratio() for o, n in pairs}
    said = [f"{o}={n}" for (o, n), ratio in sorted(alike.items(), key=lambda item: -item[1]) if ratio >= _ALIKE]
    return [pair for pair in said if not _wrong(pair, finding, context)][:2]


def _wrong(said: str, finding: Finding, context: Context) -> str:
    table, (old, new) = _table(finding, context), _pair(said)
    if table is None:
        return ""
    for name in (old, new):
        if name not in table.columns or name in table.partitions:
            return f'the table has no column "{name}" of its own ({", ".join(table.columns)})'
        if in_key(context, Spot(table.name, name, table.columns[name])):
            return f'"{name}" is part of a key'
    if old == new or table.columns[old] != table.columns[new]:
        return f"{old} ({table.columns[old]}) and {new} ({table.columns[new]}) are not two columns of one type"
    with Workbench(context.dataset) as bench:
        both = bench.count(table.name, all_of([call("not_null", Column(old)), call("not_null", Column(new))]))
    return f"{both:,} rows have a value in both" if both else ""


SPEC = FixSpec(
    id="rename_columns",
    title="Make a column that some files call otherwise one with the others'",
    path="postprocess",
    defects=("schema_drift",),
    order=Order.ROWS_AND_COLUMNS,
    safe="A renamed column cannot be told from one dropped and one added: only a person may say so; no row may have both.",
    policy=lambda _finding, _context: Decision("ask", "a renamed column cannot be told from one dropped and one added"),
    plan=lambda finding, context: f"move values of {finding.table} from {' to '.join(_pair(context.argument))}",
    steps=_steps,
    by_choice=True,
    argument=Argument("OLD=NEW", "which column became which", _suggest, _wrong),
)
