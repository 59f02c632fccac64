"""A period in which a column is missing far more often than usual."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict
from datacruncher.checks.values import capped

_HIGH = 0.05


class Params(base.Params, frozen=True, kw_only=True):
    """What makes a spike.

    rows: rows a slice of time holds on average; slices are days, weeks or months accordingly.
    jump: how far above the usual share of nulls a slice lies at least.
    z: how many standard errors of a binomial share it lies above at least; 5 is one false alarm in 3.5 million slices.
    """

    rows: int = 12
    jump: float = 0.2
    z: float = 5.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Columns with nulls in tables with a time.

    Times are left out, as they are empty until they come, and states before the first one, which come and go with new rows.
    """
    for table in catalog:
        time = table.happened or table.role("start_time")
        holes = [
            c for c in table.columns if c.facts.nulls and not (c.is_time or c.partition or c.has("previous_state"))
        ]
        if time is None or not holes or time.facts.nulls > 0.5 * table.rows:
            continue
        unit = times.grain(time, params.rows)
        if unit is None:
            yield Skip(f"fewer than {params.rows} rows a month", Place(table.name))
            continue
        for column in holes:
            yield Binding(table, (column,), uses={"time": time}, given={"unit": unit})


def probe(binding: Binding, params: Params) -> Probe:
    """The share of nulls in each slice of time against the median slice."""
    table, column, time = binding.table, binding.column, binding.uses["time"]
    piece = times.slices(time, binding.given["unit"])
    steps = f"""WITH _slices AS (
  SELECT {piece} AS slice, COUNT(*) AS n, COUNT(*) FILTER (WHERE {column.sql} IS NULL) AS k
  FROM {table.sql} WHERE {time.sql} IS NOT NULL GROUP BY 1
), _usual AS (
  SELECT MEDIAN(k / n) AS share FROM _slices
), _spike AS (
  SELECT slice, n, k FROM _slices, _usual
  WHERE k / n >= share + {params.jump} AND k - n * share > {params.z} * SQRT(n * share * (1 - share) + 1)
)"""
    return Probe(
        measure=f"{steps}\nSELECT COALESCE(SUM(k), 0) AS rows_affected, (SELECT SUM(n) FROM _slices) AS rows_total,\n"
        "  CAST(MIN(slice) AS VARCHAR) AS from_slice, CAST(MAX(slice) AS VARCHAR) AS to_slice, COUNT(*) AS slices,\n"
        "  SUM(k) / SUM(n) AS spike_rate, (SELECT share FROM _usual) AS baseline_rate,\n"
        "  COALESCE((SELECT COALESCE(SUM(n) FILTER (WHERE slice < (SELECT MIN(slice) FROM _spike)), 0) < AVG(n)\n"
        "    OR COALESCE(SUM(n) FILTER (WHERE slice > (SELECT MAX(slice) FROM _spike)), 0) < AVG(n) FROM _slices)\n"
        "    AND COUNT(*) > 0, FALSE) AS at_edge\n"
        "FROM _spike",
        rows=f"{steps}\nSELECT * FROM {table.sql}\nWHERE {column.sql} IS NULL AND {piece} IN (SELECT slice FROM _spike)",
    )


def judge(found: Found, params: Params) -> Verdict:
    """A spike with less than a slice before or after it may be a column that came later, or one that is filled later: at most medium."""
    values = found.values
    return Verdict(
        size=capped(found.share, _HIGH) if values.get("at_edge") else found.share,
        details={
            "time_column": found.binding.uses["time"].name,
            "from": values.get("from_slice"),
            "to": values.get("to_slice"),
        },
        words={"unit": Plain(found.binding.given["unit"])},
    )


SPEC = CheckSpec(
    id="completeness.null_spike",
    defect="null_spike",
    category="data_quality",
    title="Values missing for a while",
    why="A source failed or a field was renamed; figures of that time are wrong, and filling hides it.",
    needs="a table with a time and a column with nulls",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(
        high=_HIGH, medium=0.001, low=0.0, source="defects: high; below 5% of rows no figure of a year moves"
    ),
    message="Missing for a while: {rows} of {total} rows in {table} have no {column}, all in {slices} {unit}s from"
    " {from_slice} to {to_slice} ({spike_rate:.0%} there, {baseline_rate:.1%} usually)",
    recommendation="Load {table} again for that time from its source.",
    details=("baseline_rate", "spike_rate", "slices"),
    explains=("completeness.unexpected_null",),
    example=Example(
        clean={
            "visit": "SELECT i AS visit_id, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS visited_at,"
            " CASE WHEN i % 10 > 0 THEN 'mobile' END AS device FROM range(1000) t(i)"
        },
        damaged={
            "visit": "SELECT i AS visit_id, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS visited_at,"
            " CASE WHEN i % 10 > 0 AND i NOT BETWEEN 240 AND 287 THEN 'mobile' END AS device FROM range(1000) t(i)"
        },
        finds=48,
        at="visit.device",
    ),
)
