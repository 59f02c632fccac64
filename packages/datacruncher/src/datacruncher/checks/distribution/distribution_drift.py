"""Numbers whose distribution in one part of the time differs from all other times."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Probe
from datacruncher.checks.distribution import _drift
from datacruncher.checks.distribution._drift import Params, judge
from datacruncher.checks.values import numbers

_BINS = 10


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Measures with many values, in tables of things that happen."""
    for table, time in _drift.timed(catalog):
        for column in numbers(table):
            if column.facts.distinct >= 2 * _BINS and table.rows >= params.minimum:
                yield Binding(table, (column,), uses={"time": time}, confidence=0.8, given=_given(column))


def _given(column: Column) -> dict[str, str]:
    """Bins by the column's own deciles, and what describes a distribution."""
    value, table = f"CAST({column.sql} AS DOUBLE)", sql.ident(column.table)
    deciles = [round(i / _BINS, 2) for i in range(1, _BINS)]
    quarters = f"QUANTILE_CONT({value}, [0.25, 0.5, 0.75]) FILTER (WHERE {_drift.WHICH})"
    return {
        "edges": f"_edges AS (\n  SELECT APPROX_QUANTILE({value}, {deciles}) AS edges FROM {table}"
        f" WHERE ISFINITE({value})\n), ",
        "before": f"MAP(['p25', 'p50', 'p75'], {quarters})",
    }


def probe(binding: Binding, params: Params) -> Probe:
    """Tenths of the values by tenths of the time."""
    value = f"CAST({binding.column.sql} AS DOUBLE)"
    bins = _drift.above(value, "_edges.edges", _BINS - 1)
    return _drift.probe(binding, bins, f"ISFINITE({value})", params.slices, _BINS)


SPEC = CheckSpec(
    id="distribution.distribution_drift",
    defect="distribution_drift",
    category="drift",
    title="Numbers change over time",
    why="A mean over all times describes none of them; often a source, a unit or a rule has changed.",
    needs="a number with many values in a table of things that happen, with 1,000 rows",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=_drift.LARGE, low=_drift.NOTABLE * 1.5, source=_drift.SOURCE),
    message="Drift: {table}.{column} is distributed otherwise from {from} to {to} than before and after (PSI {observed:.2f})",
    recommendation="Find what changed then; report {table}.{column} for the two times apart.",
    example=Example(
        clean={
            "meter": "SELECT i AS meter_id, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS read_at,"
            " 20 + (i * 7919) % 101 AS load FROM range(3000) t(i)"
        },
        damaged={
            "meter": "SELECT i AS meter_id, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS read_at,"
            " 20 + (i * 7919) % 101 + CASE WHEN i >= 2700 THEN 60 ELSE 0 END AS load FROM range(3000) t(i)"
        },
        finds=None,
        at="meter.load",
    ),
)
