"""Rows that equal another row in every column."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Verdict
from datacruncher.checks.values import capped

_HIGH = 0.0001


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: an equal row is one too many in any table that has a key."""

    minimum: int = 2


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Every table."""
    for table in catalog:
        if table.rows < params.minimum:
            yield Skip(f"{table.rows} rows", base.Place(table.name))
        else:
            confidence = table.primary_key.confidence if table.primary_key else 1.0
            yield Binding(table, confidence=confidence, given={"has_key": table.primary_key is not None})


def probe(binding: Binding, params: Params) -> Probe:
    """Groups of equal rows, by a hash first: only rows whose hash repeats are compared column by column."""
    table = binding.table
    names = sql.columns(column.name for column in table.columns)
    twins = f"WITH _twins AS (\n  SELECT HASH({names}) AS h FROM {table.sql} GROUP BY 1 HAVING COUNT(*) > 1\n)"
    among = f"FROM {table.sql}\nWHERE HASH({names}) IN (SELECT h FROM _twins)"
    return Probe(
        measure=f"{twins}, _groups AS (\n  SELECT COUNT(*) AS n {among}\n  GROUP BY {names} HAVING COUNT(*) > 1\n)\n"
        f"SELECT COALESCE(SUM(n - 1), 0) AS rows_affected, (SELECT COUNT(*) FROM {table.sql}) AS rows_total,"
        " COUNT(*) AS groups FROM _groups",
        rows=f"{twins}\nSELECT {names} {among}\nQUALIFY ROW_NUMBER() OVER (PARTITION BY {names}) > 1",
        known={"rows_affected": 0, "rows_total": table.rows, "groups": 0} if _distinct(table) else None,
    )


def judge(found: Found, params: Params) -> Verdict:
    """With a key, equal rows are one fact stored twice; without one they may be two events: never above medium."""
    size = found.share if found.binding.given["has_key"] else capped(found.share, _HIGH)
    return Verdict(size=size, details={"has_key": found.binding.given["has_key"]})


def _distinct(table: Table) -> bool:
    if table.primary_key is not None and table.primary_key.holds:
        return True
    return any(column.facts.unique and not column.facts.nulls for column in table.columns)


SPEC = CheckSpec(
    id="keys.duplicate_row",
    defect="duplicate_row",
    category="data_quality",
    title="Rows stored twice",
    why="Counts and sums count them twice.",
    needs="a table",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(high=_HIGH, medium=0.0, source="defects: high; a single row in many: medium"),
    message="Duplicate rows: {rows} of {total} rows in {table} equal another row in every column",
    recommendation="Load {table} with a key, and keep one of each group of equal rows.",
    details=("groups",),
    explains=("finance.double_charge",),
    example=Example(
        clean={"payment": {"payment_id": [1, 2, 3, 4], "amount": [5.0, 5.0, 7.5, 9.0]}},
        damaged={"payment": {"payment_id": [1, 2, 3, 3], "amount": [5.0, 5.0, 7.5, 7.5]}},
        finds=1,
        at="payment",
    ),
)
