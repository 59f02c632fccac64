"""By choice: a column that has one value only is taken out; `undo` brings it back."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, spot, words
from datapolisher.sql import ident
from datapolisher.steps import DropColumn, Step
from datapolisher.workbench import Workbench


def _place(finding: Finding, context: Context) -> Spot | None:
    """The column; None for one that is declared, part of a key, the only one, or not constant."""
    found = spot(finding, context)
    if found is None or in_key(context, found) or context.declared_column(found.table, found.column) is not None:
        return None
    source = context.dataset.tables[found.table]
    if len(source.columns) - len(source.partitions) < 2:
        return None
    return found if context.once(("constant", finding.id), lambda: _values(found, context)) <= 1 else None


def _values(place: Spot, context: Context) -> int:
    """How many values the column has, two for more; null is one."""
    with Workbench(context.dataset) as bench:
        query = f"SELECT DISTINCT {ident(place.column)} FROM {bench.relation(place.table)} LIMIT 2"
        return len(bench.rows(query))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = _place(finding, context)
    return [DropColumn(place.table, place.column, place.type)] if place else []


SPEC = FixSpec(
    id="drop_constant_column",
    title="Take a column of one value out",
    path="postprocess",
    defects=("constant_column",),
    order=Order.ROWS_AND_COLUMNS,
    safe="One tenant or one currency may be right: only a person may choose it; undo brings the column back.",
    policy=lambda _finding, _context: Decision("ask", "it may be right: one tenant, one currency"),
    plan=lambda finding, _: f"take {words(finding)} out, which has one value only",
    steps=_steps,
    by_choice=True,
)
