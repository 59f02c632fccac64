"""A period, or the rows of one source, whose hours of the day are those of all others, some hours later or earlier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Probe, Screen, Skip, Verdict
from datacruncher.checks.values import categories
from datacruncher.checks.values import times as times_of


class Params(base.Params, frozen=True, kw_only=True):
    """What makes a shift.

    rows: rows of a slice, at least.
    gain: by how much the shifted hours fit better, in nats of log-likelihood per slice; 15 is a likelihood ratio of three
        million to one, among 23 shifts and some hundred slices.
    alike: Kullback-Leibler divergence up to which the shifted hours are those of the others (less what chance adds, 23/2n).
    hours: least shift; one hour may be daylight saving.
    """

    rows: int = 60
    gain: float = 15.0
    alike: float = 0.1
    hours: int = 2


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Timestamps with a time of day: by week, and by each column that may name a source."""
    for table in catalog:
        for time in times_of(table):
            midnight = time.facts.midnight or 0
            if time.family != "timestamp" or not time.has("event_time", "creation_time", "start_time", "update_time"):
                continue
            if midnight > 0.2 * time.facts.present or time.facts.present < 10 * params.rows:
                yield Skip("no time of day, or too few rows", Place(table.name, (time.name,)))
                continue
            yield from _bindings(table, time, params)


def _bindings(table: Table, time: Column, params: Params) -> Iterator[Binding]:
    unit = times.grain(time, params.rows)
    if unit is not None:
        unit = "week" if unit == "day" else unit  # days of the week have hours of their own
        yield Binding(table, (time,), confidence=0.8, given={"segment": None, "unit": unit, "id": "period"})
    for segment in categories(table, 12):
        if not segment.has("country", "region", "city", "event_name", "status", "stage", "plan"):
            given = {"segment": segment.name, "unit": None, "id": segment.name}
            yield Binding(table, (time,), uses={"segment": segment}, confidence=0.7, given=given)


def probe(binding: Binding, params: Params) -> Probe:
    """The shifted slices; of a large table a sample says first whether any could be, with far less than the evidence asked."""
    lenient = msgspec.structs.replace(params, rows=min(params.rows, 15), gain=0.2 * params.gain, alike=2 * params.alike)
    screen = Screen(lambda values: not values["moved"], _probe(binding, lenient).measure)
    return replace(_probe(binding, params), screen=screen)


def _probe(binding: Binding, params: Params) -> Probe:
    """Log-likelihood of each slice's hours under the usual hours moved by 0 to 23 hours; then day by day at the edges."""
    table, time, segment = binding.table, binding.column, binding.uses.get("segment")
    unit = binding.given["unit"]
    piece = segment.sql if segment else times.slices(time, unit)
    present = f"{time.sql} IS NOT NULL" + (f" AND {segment.sql} IS NOT NULL" if segment else "")
    steps = f"""WITH _cells AS (
  SELECT {piece} AS slice, HOUR({time.sql}) AS h, COUNT(*) AS n FROM {table.sql} WHERE {present} GROUP BY ALL
), _sizes AS (
  SELECT slice, SUM(n) AS n, SUM(n * LN(n)) AS own FROM _cells GROUP BY slice
), _usual AS (
  SELECT h, LN((COALESCE(SUM(n), 0) + 0.5) / (12 + SUM(SUM(n)) OVER ())) AS l
  FROM RANGE(24) AS _hours(h) LEFT JOIN _cells USING (h) GROUP BY h
), _fits AS (
  SELECT c.slice, s.shift, SUM(c.n * u.l) AS fit
  FROM _cells c, RANGE(24) AS s(shift), _usual u WHERE u.h = (c.h + 24 - s.shift) % 24 GROUP BY ALL
), _best AS (
  SELECT slice, ARG_MAX(shift, fit) AS shift, MAX(fit) AS fit, MAX(fit) FILTER (WHERE shift = 0) AS unmoved
  FROM _fits GROUP BY slice
), _moved AS (
  SELECT slice, CASE WHEN shift > 12 THEN shift - 24 ELSE shift END AS hours
  FROM _best JOIN _sizes USING (slice)
  WHERE n >= {params.rows} AND fit - unmoved >= {params.gain} AND fit - unmoved >= 0.02 * n
    AND own / n - LN(n) - fit / n - 11.5 / n <= {params.alike} AND LEAST(shift, 24 - shift) >= {params.hours}
)"""
    steps += _by_value(piece) if segment else _by_day(table, time, unit)
    inside = "slice IN (SELECT slice FROM _rows)"
    return Probe(
        measure=f"{steps}\nSELECT (SELECT COALESCE(SUM(n), 0) FROM _rows) AS rows_affected, SUM(n) AS rows_total,\n"
        "  (SELECT MODE(hours) FROM _moved) AS hours, (SELECT CAST(MIN(slice) AS VARCHAR) FROM _rows) AS first_slice,\n"
        "  (SELECT CAST(MAX(slice) AS VARCHAR) FROM _rows) AS last_slice, (SELECT COUNT(*) FROM _sizes) AS slices,\n"
        "  (SELECT COUNT(*) FROM _moved) AS moved\nFROM _sizes",
        rows=f"{steps}\nSELECT * FROM {table.sql}\nWHERE {present} AND "
        + (
            inside.replace("slice IN", f"{piece} IN")
            if segment
            else f"CAST({time.sql} AS DATE) IN (SELECT slice FROM _rows)"
        ),
    )


def _by_value(piece: str) -> str:
    return ", _rows AS (SELECT slice, n FROM _sizes SEMI JOIN _moved USING (slice))"


def _by_day(table: Table, time: Column, unit: str) -> str:
    """The days in and beside the moved slices that fit better moved: a shift seldom starts on a Monday."""
    return f""", _near AS (
  SELECT DISTINCT CAST(UNNEST(GENERATE_SERIES(slice - INTERVAL 1 {unit}, slice + INTERVAL 2 {unit} - INTERVAL 1 DAY,
    INTERVAL 1 DAY)) AS DATE) AS slice FROM _moved
), _days AS (
  SELECT CAST({time.sql} AS DATE) AS slice, HOUR({time.sql}) AS h, COUNT(*) AS n FROM {table.sql}
  WHERE CAST({time.sql} AS DATE) IN (SELECT slice FROM _near) GROUP BY ALL
), _gains AS (
  SELECT d.slice, SUM(d.n) AS n, SUM(d.n * (v.l - u.l)) AS gain
  FROM _days d, _usual u, _usual v, (SELECT MODE(hours) AS hours FROM _moved) AS m
  WHERE u.h = d.h AND v.h = (d.h + 24 - m.hours) % 24 GROUP BY d.slice
), _rows AS (
  SELECT slice, n FROM _gains WHERE gain > 0
)"""


def judge(found: Found, params: Params) -> Verdict:
    """One period or source; if most slices are moved, it is the others that are."""
    segment = found.binding.uses.get("segment")
    first, last = found.values.get("first_slice"), found.values.get("last_slice")
    size = found.share if found.values["moved"] <= max(1, 0.4 * found.values["slices"]) else 0.0
    where = f"{segment.name} = {first}" if segment else f"from {first} to {last}"
    details = {
        "segment_column": segment.name if segment else found.binding.column.name,
        "segment": first if segment else f"{first}/{last}",
        "hours": found.values.get("hours"),
    }
    return Verdict(size=size, details=details, words={"where": where})


_HOURS = "[8, 9, 10, 11, 12, 13, 14, 15, 16, 17]"
_CLEAN = (
    f"SELECT i AS trip_id, TIMESTAMP '2024-01-01' + INTERVAL (i // 20) DAY + INTERVAL (({_HOURS})[1 + (i * 7) % 10]) HOUR"
    " + INTERVAL (i % 60) MINUTE AS taken_at FROM range(2400) t(i)"
)

SPEC = CheckSpec(
    id="temporal.timezone_shift",
    defect="timezone_shift",
    category="data_quality",
    title="Hours shifted",
    why="Nights become days: figures by hour and day are wrong, and events come before what caused them.",
    needs="timestamps with a time of day, enough of them",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=0.0, source="defects: high; here medium, as the shift is read off the hours alone"),
    message="Shifted: {rows} of {total} times of {table}.{column} ({where}) fit the usual hours of the day only when moved"
    " by {hours:+d} h",
    recommendation="Write {table}.{column} in UTC everywhere; move these rows by their offset once its cause is known.",
    example=Example(
        clean={"trip": _CLEAN},
        damaged={
            "trip": f"SELECT * REPLACE (CASE WHEN taken_at >= '2024-02-05' AND taken_at < '2024-02-19'"
            f" THEN taken_at + INTERVAL 5 HOUR ELSE taken_at END AS taken_at) FROM ({_CLEAN})"
        },
        finds=280,
        at="trip.taken_at",
    ),
)
