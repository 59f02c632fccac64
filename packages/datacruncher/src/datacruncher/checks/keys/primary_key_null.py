"""Rows whose primary key has no value."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Verdict, flag


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: a key either holds or it doesn't, so that one row is enough."""

    minimum: int = 1


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Every table with a primary key."""
    for table in catalog:
        if table.primary_key:
            given = {"referenced_by": sorted({key.table for key in catalog.children(table)})}
            yield Binding(table, table.key_columns, confidence=table.primary_key.confidence, given=given)


def probe(binding: Binding, params: Params) -> Probe:
    """Rows in which a part of the key is null; the profile knows when there are none."""
    none = all(column.facts.nulls == 0 for column in binding.columns)
    return flag(
        binding,
        where=" OR ".join(f"{column.sql} IS NULL" for column in binding.columns),
        show=binding.table.columns[:8],
        known={"rows_affected": 0, "rows_total": binding.table.rows} if none else None,
    )


def judge(found: Found, params: Params) -> Verdict:
    """Any row without a key counts; a repair must know who refers to the key."""
    key = [column.name for column in found.binding.columns]
    return Verdict(size=found.share, details={"key": key, "referenced_by": found.binding.given["referenced_by"]})


SPEC = CheckSpec(
    id="keys.primary_key_null",
    defect="primary_key_null",
    category="data_quality",
    title="Primary key without a value",
    why="A row without a key can't be referred to, and every join loses it.",
    needs="a primary key",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("critical", "a key is a promise: any break of it counts"),
    message="Primary key missing: {rows} of {total} rows in {table} have no {columns}",
    recommendation="Declare {table}.{columns} not null and find the load that leaves it empty.",
    example=Example(
        clean={"customer": {"customer_id": [1, 2, 3, 4], "name": ["Ann", "Bo", "Cy", "Di"]}},
        damaged={"customer": {"customer_id": [1, 2, 3, None], "name": ["Ann", "Bo", "Cy", "Di"]}},
        finds=1,
        at="customer.customer_id",
    ),
)
