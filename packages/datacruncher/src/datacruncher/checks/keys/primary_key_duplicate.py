"""Values of a primary key that stand in several rows of different contents.

Rows that are equal in every column are one row stored twice: ``keys.duplicate_row`` finds those.
"""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: a key either holds or it doesn't, so that one row is enough."""

    minimum: int = 1


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Every table with a primary key."""
    for table in catalog:
        if table.primary_key:
            referring = sorted({key.table for key in catalog.children(table)})
            given = {"referenced_by": referring}
            yield Binding(table, table.key_columns, confidence=table.primary_key.confidence, given=given)


def probe(binding: Binding, params: Params) -> Probe:
    """Surplus rows of keys that repeat, counted after identical rows were counted once."""
    table, keys = binding.table.sql, sql.columns(column.name for column in binding.columns)
    whole = " AND ".join(f"{column.sql} IS NOT NULL" for column in binding.columns)
    repeated = f"SELECT {keys} FROM {table} WHERE {whole} GROUP BY ALL HAVING COUNT(*) > 1"
    key = binding.table.primary_key
    unique = (len(binding.columns) == 1 and binding.column.facts.unique) or (key is not None and key.holds)
    measure = f"""WITH _rows AS (
  SELECT *, COUNT(*) AS _copies FROM {table} SEMI JOIN ({repeated}) AS _repeated USING ({keys}) GROUP BY ALL
), _keys AS (
  SELECT {keys}, COUNT(*) AS _contents, SUM(_copies) AS _copies FROM _rows GROUP BY {keys}
)
SELECT COALESCE(SUM(_contents - 1), 0) AS rows_affected,
       (SELECT COUNT(*) FROM {table} WHERE {whole}) AS rows_total,
       COUNT(*) FILTER (WHERE _contents > 1) AS "groups",
       COALESCE(SUM(_copies) FILTER (WHERE _contents > 1), 0) AS rows_in_groups,
       COALESCE(SUM(_copies - _contents), 0) AS identical_rows
FROM _keys"""
    rows = f"""SELECT DISTINCT {keys}, COLUMNS(* EXCLUDE ({keys}))
FROM {table} SEMI JOIN (
  SELECT {keys} FROM (SELECT DISTINCT * FROM {table} WHERE {whole}) GROUP BY ALL HAVING COUNT(*) > 1
) AS _repeated USING ({keys})"""
    none = {"rows_affected": 0, "rows_total": binding.table.rows, "groups": 0, "rows_in_groups": 0, "identical_rows": 0}
    return Probe(measure=measure, rows=rows, known=none if unique else None)


def judge(found: Found, params: Params) -> Verdict:
    """Any surplus row counts; the details say what a repair must know."""
    key = [column.name for column in found.binding.columns]
    details = {"key": key, "referenced_by": found.binding.given["referenced_by"]}
    return Verdict(size=found.share, details=details)


SPEC = CheckSpec(
    id="keys.primary_key_duplicate",
    defect="primary_key_duplicate",
    category="data_quality",
    title="Primary key that repeats",
    why="A key that stands for two things joins both to everything that refers to it, and every total counts twice.",
    needs="a primary key",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("critical", "a key is a promise: any break of it counts"),
    details=("groups", "rows_in_groups", "identical_rows"),
    message="Primary key repeats: {groups} values of {table}.{columns} stand in {rows_in_groups} rows of different contents",
    recommendation="Find the load that wrote {table} twice, and declare {columns} unique.",
    example=Example(
        clean={"customer": {"customer_id": [1, 2, 3, 4], "name": ["Ann", "Bo", "Cy", "Di"]}},
        damaged={"customer": {"customer_id": [1, 2, 3, 3], "name": ["Ann", "Bo", "Cy", "Di"]}},
        schema={
            "version": "1.0",
            "nodes": [
                {
                    "id": "customer",
                    "kind": "entity",
                    "pk": "customer_id",
                    "columns": [{"name": "customer_id", "type": "int"}, {"name": "name", "type": "string"}],
                }
            ],
        },
        finds=1,
        at="customer.customer_id",
    ),
)
