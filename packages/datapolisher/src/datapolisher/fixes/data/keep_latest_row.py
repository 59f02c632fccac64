"""By choice: of rows that share a key, keep the one that a time column calls the latest."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import ChildAggregate, Column, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._duplicate_keys import key_of
from datapolisher.fixes.data._places import is_date, words
from datapolisher.postprocess.program import Entry
from datapolisher.sql import ident, idents
from datapolisher.steps import DropDuplicates, Quarantine, Step
from datapolisher.workbench import Workbench


def _order_column(finding: Finding, context: Context) -> str | None:
    """A time by which every group orders strictly: as the finding says, or the only one that there is."""
    said = finding.details.get("order_column")
    type_ = context.type_of(finding.table or "", said) if isinstance(said, str) else None
    if type_ is None:
        return context.once(("order", finding.id), lambda: _only_order(finding, context))
    return said if is_date(type_) and said not in key_of(finding, context) else None


def _only_order(finding: Finding, context: Context) -> str | None:
    """The one time of the table that is there, and another, in all rows of each key that repeats; None for several."""
    table, key = finding.table or "", key_of(finding, context)
    source = context.dataset.tables.get(table)
    times = (
        [n for n, t in source.columns.items() if is_date(t) and n not in {*key, *source.partitions}] if source else []
    )
    if not key or not times:
        return None
    kept = ", ".join(f"bool_and(n = count_of_{number})" for number, _ in enumerate(times))
    counts = ", ".join(f"count(DISTINCT {ident(name)}) AS count_of_{number}" for number, name in enumerate(times))
    with Workbench(context.dataset) as bench:
        bench.add(Entry(finding.id, "", "", DropDuplicates(table)))
        whole = " AND ".join(f"{ident(name)} IS NOT NULL" for name in key)
        groups = (
            f"SELECT count(*) AS n, {counts} FROM {bench.relation(table)} WHERE {whole} GROUP BY {idents(key)} "
            "HAVING count(*) > 1"
        )
        held = bench.rows(f"SELECT {kept} FROM ({groups})")[0]
    strict = [name for name, holds in zip(times, held, strict=True) if holds]
    return strict[0] if len(strict) == 1 else None


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    table, key, time = finding.table or "", key_of(finding, context), _order_column(finding, context)
    if not key or time is None:
        return []
    latest = ChildAggregate(key, table, key, "max", time)
    return [
        DropDuplicates(table),
        Quarantine(table, call("below", Column(time), latest), "superseded_by_later_row"),
    ]


SPEC = FixSpec(
    id="keep_latest_row",
    title="Keep the latest row of a key, quarantine the earlier ones",
    path="postprocess",
    defects=("primary_key_duplicate", "constraint_violated"),
    order=Order.PRIMARY_KEYS,
    safe="That the latest wins is a rule of the business: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "that the latest row wins is a rule of the business"),
    plan=lambda finding, context: (
        f"keep the row of {words(finding)} with the latest {_order_column(finding, context)}, quarantine the others"
    ),
    steps=_steps,
    by_choice=True,
)
