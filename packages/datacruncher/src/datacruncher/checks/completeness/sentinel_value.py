"""Values that stand for "nothing": words in text, impossible numbers, the ends of the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Probe, Skip, Verdict, flag
from datacruncher.checks.times import instant, is_ahead
from datacruncher.checks.values import capped, none_is, nothing, numbers, texts, times, words_for_nothing

_LOW = 0.0005
_NUMBERS = (-1, *(sign * int("9" * digits) for digits in range(2, 11) for sign in (1, -1)), 2147483647, -2147483648)
_DATES = ("0001-01-01", "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01")
_ENDS = ("2099-12-31", "2199-12-31", "2999-12-31", "3000-01-01", "9999-12-31", "9999-01-01")


class Params(base.Params, frozen=True, kw_only=True):
    """When a number is no number.

    apart: how many times as far out as the next value a sentinel lies.
    least: fewest rows that hold it.
    days: days between a sentinel date and the next.
    """

    apart: float = 2.0
    least: int = 2
    days: int = 365


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Text columns; numbers and times whose least or greatest value is a usual sentinel."""
    for table in catalog:
        for column in texts(table):
            if column.name not in (table.primary_key.columns if table.primary_key else ()):
                yield Binding(table, (column,), given={"kind": "text", "none": _says_something(catalog, column)})
        for column in (*numbers(table), *times(table)):
            candidates = _candidates(column)
            if candidates and column.facts.distinct >= 10:
                yield Binding(table, (column,), given={"kind": column.family, "values": candidates})
            elif candidates:
                yield Skip("too few values to tell a sentinel from a code", Place(table.name, (column.name,)))


def _says_something(catalog: Catalog, column: Column) -> bool:
    """Whether every value is known to say something: the shortest is too long, or all of few were looked at."""
    words = words_for_nothing(column)
    if (column.facts.min_length or 0) > max(map(len, words)) and not column.facts.padded:
        return True
    return none_is(catalog, column, lambda value: value.strip(" ").lower() in words)


def _candidates(column: Column) -> list[Any]:
    """The sentinels at the ends of a column's values."""
    ends = (column.facts.minimum, column.facts.maximum)
    if column.is_number:
        found = [value for value in ends if value is not None and value in _NUMBERS]
        return [v for v in found if not (v == -1 and column.has("latitude", "longitude", "balance"))]
    days = [moment.date() for moment in map(instant, ends) if moment is not None]
    return [day for day in days if day.isoformat() in {*_DATES, *_ENDS}]


def probe(binding: Binding, params: Params) -> Probe:
    """Rows with a sentinel, and the values next to it."""
    column = binding.column
    if binding.given["kind"] == "text":
        where = nothing(column)
        known = None
        if column.facts.present == 0 or binding.given["none"]:
            known = {"rows_affected": 0, "rows_total": column.facts.present}
        return flag(binding, where=where, of=f"{column.sql} IS NOT NULL", known=known)
    value = f"CAST({column.sql} AS DATE)" if column.is_time else column.sql
    where = f"{value} IN ({', '.join(sql.literal(v) for v in binding.given['values'])})"
    rest = f"FILTER (WHERE {column.sql} IS NOT NULL AND NOT ({where}))"
    also = {"lowest": f"MIN({value}) {rest}", "highest": f"MAX({value}) {rest}"}
    return flag(binding, where=where, of=f"{column.sql} IS NOT NULL", also=also)


def _counts(found: Found) -> dict[str, int]:
    """The sentinels that were found, with their rows."""
    column, flagged = found.binding.column, probe(found.binding, Params()).flag
    if not found.rows_affected or flagged is None:
        return {}
    rows = found.catalog.ask(
        f"SELECT CAST({column.sql} AS VARCHAR) AS value, COUNT(*) AS n FROM {found.binding.table.sql}"
        f" WHERE {flagged.condition} GROUP BY 1 ORDER BY n DESC, 1"
    )
    return {row["value"]: row["n"] for row in rows}


def judge(found: Found, params: Params) -> Verdict:
    """Words stand for nothing wherever they stand; numbers and dates only if they lie apart from all others."""
    kind = found.binding.given["kind"]
    counts = _counts(found)
    size = found.share
    if kind != "text":
        enough = (found.rows_affected or 0) >= params.least
        size = size if enough and all(_apart(v, found, params) for v in found.binding.given["values"]) else 0.0
        if kind in {"date", "timestamp"} and is_ahead(found.binding.column):
            size = capped(size, _LOW)
    listed = [{"value": value, "rows": rows} for value, rows in sorted(counts.items(), key=lambda item: -item[1])]
    declared = found.binding.column.declared
    details: dict[str, Any] = {"values": listed[:20], "declared": False}
    if declared is not None:
        details["nullable"] = declared.nullable
    words = {"said": ", ".join(f'"{entry["value"]}"' for entry in listed[:3])}
    return Verdict(size=size, details=details, words=words)


def _apart(value: Any, found: Found, params: Params) -> bool:
    low, high = found.values.get("lowest"), found.values.get("highest")
    if low is None or high is None:
        return False
    if isinstance(value, dt.date):
        first, last = instant(low), instant(high)
        at = dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - plain UTC, as `instant` gives
        apart = dt.timedelta(days=params.days)
        return first is not None and last is not None and (at + apart < first or at > last + apart)
    if value < 0:
        return bool(low >= 0 or value < params.apart * low)
    return bool(value > params.apart * high)


SPEC = CheckSpec(
    id="completeness.sentinel_value",
    defect="sentinel_value",
    category="data_quality",
    title="A value stands for null",
    why="Averages, minima and joins take it at its word.",
    needs="a text column, or a number or time whose end is a usual sentinel (-1, 999, 1900-01-01, 9999-12-31)",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=_LOW, low=0.0, source="defects: medium"),
    message='Sentinel: {rows} of {total} values of {table}.{column} say "nothing" with {said}',
    recommendation="Write null in place of {said} in {table}.{column}.",
    explains=(
        "validity.*",
        "distribution.outlier",
        "consistency.dependency_violation",
        "temporal.future_timestamp",
        "temporal.interval_inverted",
    ),
    example=Example(
        clean={"person": {"person_id": [1, 2, 3, 4], "city": ["Rome", None, "Oslo", "Lima"]}},
        damaged={"person": {"person_id": [1, 2, 3, 4], "city": ["Rome", "N/A", "Oslo", "-"]}},
        finds=2,
        at="person.city",
    ),
)
