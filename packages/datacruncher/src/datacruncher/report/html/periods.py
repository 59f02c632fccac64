"""Whether the last period of a series is over: half a month looks like a crash, and is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from datacruncher.report.measured import Measure
from datacruncher.report.model import Report

_TIMES = {"event_time", "creation_time"}
_SLACK = 0.1  # of a period that may be missing at its end


def unfinished(report: Report, measure: Measure) -> str:
    """The day on which the data of a series' last period ends, if that is before the period does; else empty."""
    days = [day for record in measure.records if (day := _day(record.get("at"))) is not None]
    if measure.kind != "series" or len(days) < 3:
        return ""
    length = (days[-1] - days[-2]).days
    end = days[-1] + dt.timedelta(days=length)
    ends = [last for last in _last_days(report, measure.table) if days[-1] <= last < end]
    if not ends or (end - max(ends)).days <= 1 + _SLACK * length:
        return ""
    return max(ends).isoformat()


def _last_days(report: Report, table: str) -> Iterator[dt.date]:
    for facts in report.tables:
        if facts.name == table:
            for column in facts.columns:
                last = _day(column.max) if column.role in _TIMES else None
                if last is not None:
                    yield last


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
