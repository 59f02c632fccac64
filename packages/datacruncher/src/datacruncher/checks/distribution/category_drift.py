"""Categories whose shares in one part of the time differ from all other times."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Probe
from datacruncher.checks.distribution import _drift
from datacruncher.checks.distribution._drift import Params, judge
from datacruncher.checks.values import categories

_MOST = 12  # categories with a bin of their own; the rest is one


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Categories of tables of things that happen; a status changes as its row grows older, and is left out."""
    for table, time in _drift.timed(catalog):
        for column in categories(table, 200):
            if (
                column.facts.distinct > 1
                and table.rows >= params.minimum
                and not column.has("status", "stage", "last_name")
            ):
                yield Binding(table, (column,), uses={"time": time}, confidence=0.8, given=_given(catalog, column))


def _given(catalog: Catalog, column: Column) -> dict[str, object]:
    common = [str(value) for value, _ in catalog.values(column)[:_MOST]]
    return {"common": common, "before": f"HISTOGRAM({_bin(column, common)}) FILTER (WHERE {_drift.WHICH})"}


def _bin(column: Column, common: list[str]) -> str:
    text = f"CAST({column.sql} AS VARCHAR)"
    return f"CASE WHEN {text} IN ({', '.join(sql.value(v) for v in common)}) THEN {text} ELSE 'others' END"


def probe(binding: Binding, params: Params) -> Probe:
    """Categories by tenths of the time."""
    bins = _bin(binding.column, binding.given["common"])
    present = f"{binding.column.sql} IS NOT NULL"
    return _drift.probe(binding, bins, present, params.slices, min(_MOST, binding.column.facts.distinct))


SPEC = CheckSpec(
    id="distribution.category_drift",
    defect="category_drift",
    category="drift",
    title="Shares change over time",
    why="A share over all times describes none of them; often a source was added, or a mapping has changed.",
    needs="a category in a table of things that happen, with 1,000 rows",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=_drift.LARGE, low=_drift.NOTABLE * 1.5, source=_drift.SOURCE),
    message="Drift: the shares of {table}.{column} from {from} to {to} are others than before and after (PSI {observed:.2f})",
    recommendation="Find what changed then; report {table}.{column} for the two times apart.",
    example=Example(
        clean={
            "ride": "SELECT i AS ride_id, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS started_at,"
            " ['bike', 'car', 'tram'][1 + (i * 7919) % 3] AS vehicle FROM range(3000) t(i)"
        },
        damaged={
            "ride": "SELECT i AS ride_id, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS started_at,"
            " CASE WHEN i >= 2700 AND i % 5 > 0 THEN 'bike' ELSE ['bike', 'car', 'tram'][1 + (i * 7919) % 3] END AS vehicle"
            " FROM range(3000) t(i)"
        },
        finds=None,
        at="ride.vehicle",
    ),
)
