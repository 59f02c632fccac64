"""What checks of time share: plain instants, slices of time, times that may lie ahead."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Literal

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks.values import times

Grain = Literal["day", "week", "month"]
_DAYS: dict[Grain, float] = {"day": 1.0, "week": 7.0, "month": 30.4}

# Names of times that may lie ahead of the analysis, or stand for "no end".
_AHEAD = re.compile(
    r"(?i)due|expir|renew|plan|schedul|expect|estimat|promis|target|deadline|matur|until|valid|next|appoint|departure"
    r"|commit|forecast|reminder|(^|_)(end|to|eta|close|finish)"
)


def moment(column: Column, alias: str = "") -> str:
    """SQL: the column as a plain UTC timestamp, whatever its type of time."""
    name = column.of(alias) if alias else column.sql
    return name if column.type == "TIMESTAMP" else f"CAST({name} AS TIMESTAMP)"


def day(column: Column) -> str:
    """SQL: the day of the column."""
    return column.sql if column.family == "date" else f"CAST({column.sql} AS DATE)"


def is_ahead(column: Column) -> bool:
    """Whether the column may rightly hold times that have not come yet."""
    if column.has("event_time", "creation_time", "birth_date", "update_time", at_least=0.7):
        return False
    return column.has("planned_time", "end_time") or bool(_AHEAD.search(column.name))


def span_days(column: Column) -> float:
    """Days between the first and the last instant, at least one; 0 where they are not known."""
    first, last = column.facts.minimum, column.facts.maximum
    if not isinstance(first, dt.date) or not isinstance(last, dt.date):
        return 0.0
    return max(1.0, (_date(last) - _date(first)).days + 1.0)


def grain(column: Column, rows: float) -> Grain | None:
    """The finest slice of time that holds `rows` rows on average; None if not even a month does.

    The span is that of the bulk where it is known; a few stray instants make slices coarser, never wrong.
    """
    days = span_days(column)
    present = column.facts.present
    if not days:
        return None
    return next(
        (g for g in ("day", "week", "month") if present / days * _DAYS[g] >= rows and days >= 4 * _DAYS[g]), None
    )


def slices(column: Column, unit: Grain) -> str:
    """SQL: the first day of the slice in which the row's time lies; by way of its day, which halves the work."""
    return day(column) if unit == "day" else f"CAST(DATE_TRUNC('{unit}', {day(column)}) AS DATE)"


def quantiles(catalog: Catalog, table: Table) -> dict[str, tuple[dt.datetime, dt.datetime]]:
    """Time column → its first and last percentile, asked once per table and shared."""
    key = ("time quantiles", table.name)
    if key not in catalog.shared:
        asked = ", ".join(
            f"APPROX_QUANTILE({moment(c)}, [0.01, 0.99]) AS {c.sql}" for c in times(table) if c.facts.present
        )
        rows = catalog.ask(table.over_sample(f"SELECT {asked} FROM {table.sql}")) if asked else [{}]
        catalog.shared[key] = {name: tuple(both) for name, both in rows[0].items() if both}
    found: dict[str, tuple[dt.datetime, dt.datetime]] = catalog.shared[key]
    return found


def instant(value: Any) -> dt.datetime | None:
    """A date, a datetime or ISO text as a plain UTC datetime; None for anything else."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
    return dt.datetime(value.year, value.month, value.day) if isinstance(value, dt.date) else None  # noqa: DTZ001


def _date(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value
