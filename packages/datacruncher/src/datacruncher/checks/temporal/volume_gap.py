"""Days (or weeks) with no rows, or nearly none, among days that have many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict

_MEDIUM = 1.0  # slices in a row; a single one may be a holiday


class Params(base.Params, frozen=True, kw_only=True):
    """What makes a gap.

    usual: rows that a slice of its kind has at least; with 15 expected, one or none comes by chance five times in a
        million slices (Poisson).
    rest: share of the usual rows up to which the slice is a gap.
    """

    usual: int = 15
    rest: float = 0.1


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Tables whose rows happen at a time, often enough."""
    for table in catalog:
        time = table.happened
        if time is None or table.kind in {"dictionary", "effect"}:
            continue
        unit = times.grain(time, params.usual)
        if unit is None:
            yield Skip(f"fewer than {params.usual} rows a month, or too short a time", Place(table.name, (time.name,)))
        else:
            yield Binding(table, (time,), confidence=max(time.roles.values(), default=0.5), given={"unit": unit})


def probe(binding: Binding, params: Params) -> Probe:
    """Each slice against the median of its like: the same weekday of the six weeks before and after, or near months."""
    time, unit = binding.column, binding.given["unit"]
    like = "PARTITION BY ISODOW(slice) " if unit == "day" else ""
    measure = f"""WITH _counts AS (
  SELECT {times.slices(time, unit)} AS slice, COUNT(*) AS n FROM {binding.table.sql}
  WHERE {time.sql} IS NOT NULL GROUP BY 1
), _calendar AS (
  SELECT CAST(UNNEST(GENERATE_SERIES(MIN(slice), MAX(slice), INTERVAL 1 {unit})) AS DATE) AS slice FROM _counts
), _series AS (
  SELECT slice, COALESCE(n, 0) AS n,
         MEDIAN(COALESCE(n, 0)) OVER ({like}ORDER BY slice ROWS BETWEEN 6 PRECEDING AND 6 FOLLOWING EXCLUDE CURRENT ROW)
           AS usual
  FROM _calendar LEFT JOIN _counts USING (slice)
), _gaps AS (
  SELECT *, ROW_NUMBER() OVER (ORDER BY slice) AS nr FROM _series
  WHERE usual >= {params.usual} AND n <= {params.rest} * usual
    AND slice > (SELECT MIN(slice) FROM _counts) AND slice < (SELECT MAX(slice) FROM _counts)
), _runs AS (
  SELECT MIN(slice) AS first, MAX(slice) AS last, COUNT(*) AS slices, SUM(n) AS n, SUM(usual) AS usual
  FROM _gaps GROUP BY slice - INTERVAL (nr) {unit}
)
SELECT COALESCE(SUM(slices), 0) AS observed, (SELECT COUNT(*) FROM _series) AS slices_total,
       (SELECT SUM(n) FROM _counts) AS rows_total, COALESCE(MAX(slices), 0) AS longest,
       CAST(COALESCE(SUM(usual - n), 0) AS BIGINT) AS missing,
       CAST(MIN(first) AS VARCHAR) AS first_slice, CAST(MAX(last) AS VARCHAR) AS last_slice,
       LIST({{'period': CAST(first AS VARCHAR) || '/' || CAST(last AS VARCHAR), 'rows': CAST(n AS BIGINT),
             'expected': CAST(usual AS BIGINT)}} ORDER BY slices DESC, first)[1:20] AS periods
FROM _runs"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict:
    """Single slices are low (a holiday, an outage); a run of them is medium."""
    periods: list[dict[str, Any]] = found.values.get("periods") or []
    return Verdict(
        size=float(found.values["longest"]),
        unit=f"{found.binding.given['unit']}s",
        details={"time_column": found.binding.column.name, "periods": periods},
        words={"unit": Plain(found.binding.given["unit"])},
    )


SPEC = CheckSpec(
    id="temporal.volume_gap",
    defect="volume_gap",
    category="data_quality",
    title="Days without rows",
    why="A load failed, or a file is missing; totals of that time are too small.",
    needs="a table of things that happen, with enough rows a day, week or month",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=_MEDIUM, low=0.0, source="one slice may be a holiday; several in a row are no accident"),
    message="Gap: {table} has (nearly) no rows on {observed} {unit}s by {column}, from {first_slice} to {last_slice};"
    " about {missing} are missing",
    recommendation="Load {table} again for that time from its source.",
    details=("missing", "longest"),
    example=Example(
        clean={
            "scan": "SELECT i AS scan_id, TIMESTAMP '2024-01-01' + INTERVAL (i * 30) MINUTE AS scanned_at FROM range(2880) t(i)"
        },
        damaged={
            "scan": "SELECT i AS scan_id, TIMESTAMP '2024-01-01' + INTERVAL (i * 30) MINUTE AS scanned_at FROM range(2880) t(i)"
            " WHERE i NOT BETWEEN 960 AND 1055"
        },
        finds=None,
        at="scan.scanned_at",
    ),
)
