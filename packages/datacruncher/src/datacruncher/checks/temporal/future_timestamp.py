"""Times that have not come yet, of things that are said to have happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict, flag
from datacruncher.checks.values import capped
from datacruncher.checks.values import times as times_of

_HIGH = 0.001
_MEDIUM = 0.00001
_SLACK = dt.timedelta(days=1)  # clocks and time zones


class Params(base.Params, frozen=True, kw_only=True):
    """How far ahead is too far.

    apart: how many lengths of the bulk (first to last percentile, a year at least) behind its end a time lies that can't
        belong to it, though it lies before the analysis.
    simulated: share of rows after the analysis from which the whole data set reaches there on purpose (low).
    """

    apart: float = 2.0
    simulated: float = 0.1


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Times of what happened; due dates, ends and other planned times are left out."""
    for table in catalog:
        for column in times_of(table):
            if not column.facts.present:
                continue
            if times.is_ahead(column):
                yield Skip("may rightly lie ahead: planned, or an end", Place(table.name, (column.name,)))
                continue
            horizon, now = _horizon(catalog, table, column, params)
            yield Binding(
                table, (column,), confidence=0.9 if column.roles else 0.7, given={"horizon": horizon, "now": now}
            )


def _horizon(catalog: Catalog, table: Table, column: Column, params: Params) -> tuple[dt.datetime, dt.datetime]:
    """Behind what instant a time is too late, and the instant of the analysis (or the end of the declared timeframe)."""
    timeframe = catalog.document.timeframe if catalog.document is not None else None
    declared = times.instant(timeframe.end) if timeframe is not None else None
    now = max(catalog.now, declared) if declared else catalog.now
    bulk = times.quantiles(catalog, table).get(column.name)
    if bulk is None:
        return now + _SLACK, now
    first, last = bulk
    length = max(last - first, dt.timedelta(days=365)) * params.apart
    far = last + length if last.year + length.days // 365 < 9990 else now + _SLACK  # beyond, no date exists
    return min(now + _SLACK, far.replace(hour=0, minute=0, second=0, microsecond=0)), now


def probe(binding: Binding, params: Params) -> Probe:
    """Rows behind the horizon, and how many of them behind the analysis itself."""
    column, given = binding.column, binding.given
    at = times.moment(column)
    where = f"{at} > {sql.literal(given['horizon'])}"
    latest = times.instant(column.facts.maximum)
    known = None
    if latest is not None and latest <= given["horizon"]:
        known = {"rows_affected": 0, "rows_total": column.facts.present, "ahead": 0, "latest": str(latest)}
    also = {
        "ahead": f"COUNT(*) FILTER (WHERE {at} > {sql.literal(given['now'])})",
        "latest": f"CAST(MAX({at}) AS VARCHAR)",
    }
    return flag(binding, where=where, of=f"{column.sql} IS NOT NULL", also=also, known=known)


def judge(found: Found, params: Params) -> Verdict:
    """Far ahead of its own bulk: medium; behind the analysis: by share; a data set that reaches there as a whole: low."""
    size, horizon = found.share, found.binding.given["horizon"]
    if found.share > params.simulated:
        size = capped(size, _MEDIUM)
    elif not found.values["ahead"] or not found.binding.column.roles:
        size = capped(size, _HIGH)
    details = {"reference": Plain(horizon.isoformat(sep=" ", timespec="seconds")), "planned": False}
    return Verdict(size=size, details=details, words={"reference": Plain(f"{horizon:%Y-%m-%d}")})


SPEC = CheckSpec(
    id="temporal.future_timestamp",
    defect="future_timestamp",
    category="data_quality",
    title="Times that have not come yet",
    why="What is sorted or filtered by time shows them last for ever; ages and gaps are negative.",
    needs="a time that is no plan and no end",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(high=_HIGH, medium=_MEDIUM, low=0.0, source="defects: high"),
    message="In the future: {rows} of {total} values of {table}.{column} lie after {reference}, the latest at {latest}",
    recommendation="Refuse times of {table}.{column} behind the time of entry; look for swapped digits and test rows.",
    details=("latest",),
    explains=("temporal.interval_inverted",),
    example=Example(
        clean={
            "call": "SELECT i AS call_id, TIMESTAMP '2025-01-01' + INTERVAL (i) DAY AS called_at FROM range(100) t(i)"
        },
        damaged={
            "call": "SELECT i AS call_id, TIMESTAMP '2025-01-01' + INTERVAL (i) DAY"
            " + INTERVAL (CASE WHEN i = 7 THEN 62 ELSE 0 END) YEAR AS called_at FROM range(100) t(i)"
        },
        finds=1,
        at="call.called_at",
    ),
)
