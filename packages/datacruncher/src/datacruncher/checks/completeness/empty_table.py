"""A table without rows."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: none is exactly what is looked for."""

    minimum: int = 0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Every table."""
    for table in catalog:
        yield Binding(table)


def probe(binding: Binding, params: Params) -> Probe:
    """The profile has counted."""
    table = binding.table
    return Probe(
        measure=f"SELECT CAST(COUNT(*) = 0 AS INTEGER) AS observed FROM {table.sql}",
        known={"observed": int(table.rows == 0)},
    )


def judge(found: Found, params: Params) -> Verdict:
    """Yes or no; the schema says how many rows were to be expected, where it says so."""
    declared = found.binding.table.declared
    expected = getattr(declared, "rows", None)
    details = {} if expected is None else {"expected_rows": expected}
    return Verdict(size=float(found.observed), expected={"value": 0}, unit="flag", details=details)


SPEC = CheckSpec(
    id="completeness.empty_table",
    defect="empty_table",
    category="data_quality",
    title="A table without rows",
    why="Everything that joins it is empty, too.",
    needs="a table",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("high", "defects: high"),
    message="Empty: {table} has no rows",
    recommendation="Load {table}, or take its file away.",
    example=Example(
        clean={"town": {"town_id": [1, 2], "name": ["Rome", "Oslo"]}},
        damaged={"town": "SELECT 1 AS town_id, 'x' AS name WHERE FALSE"},
        finds=None,
        at="town",
    ),
)
