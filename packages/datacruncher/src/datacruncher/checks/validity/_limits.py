"""Which values a number can have at all: by declaration, or by what it measures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from datacruncher.catalog import Catalog, Column
from datacruncher.checks.times import instant
from datacruncher.checks.values import tokens


@dataclass(frozen=True, slots=True)
class Limits:
    """Lowest and highest possible value; None = unbounded. `certain` where nature or a person says so."""

    low: Any = None
    high: Any = None
    source: str = "declared"
    certain: bool = True


_PERCENT = {"pct", "percent", "percentage", "perc"}
_SHARE = {"share", "probability", "prob", "ratio", "completion", "conversion", "discount", "tax", "vat", "occupancy"}
_NEVER_NEGATIVE = {
    *("weight", "height", "length", "width", "depth", "size", "area", "distance", "volume", "mass", "speed"),
    *(
        "bytes",
        "count",
        "stock",
        "inventory",
        "population",
        "seats",
        "rooms",
        "guests",
        "passengers",
        "visits",
        "clicks",
    ),
    *("impressions", "views", "sessions", "units", "pieces", "milliseconds", "seconds", "minutes", "hours", "days"),
}


def limits_of(catalog: Catalog, column: Column) -> Limits | None:
    """The limits of a column, or None if nothing is known."""
    return _declared(catalog, column) or _physical(catalog, column)


def _declared(catalog: Catalog, column: Column) -> Limits | None:
    low, high = None, None
    if column.declared is not None and column.declared.constraints is not None:
        low, high = column.declared.constraints.min, column.declared.constraints.max
    if catalog.document is not None:
        for rule in catalog.document.constraints.ranges:
            if rule.attr == f"{column.table}.{column.name}":
                low = rule.min if rule.min is not None else low
                high = rule.max if rule.max is not None else high
    if column.is_time:
        low, high = instant(low), instant(high)
    return None if low is None and high is None else Limits(low, high)


def _physical(catalog: Catalog, column: Column) -> Limits | None:
    if column.has("birth_date") and column.is_time:
        return Limits(dt.datetime(1890, 1, 1), None, "birth date")  # noqa: DTZ001 - compared with plain UTC times
    if not column.is_number or column.is_key:
        return None
    found = (rule(column) for rule in _RULES)
    return next((limits for limits in found if limits is not None), None)


def _coordinate(column: Column) -> Limits | None:
    if _is(column, "latitude", {"lat", "latitude"}, -90, 90):
        return Limits(-90, 90, "latitude")
    named = _is(column, "longitude", {"lon", "lng", "long", "longitude"}, -180, 180)
    return Limits(-180, 180, "longitude") if named else None


def _age(column: Column) -> Limits | None:
    return Limits(0, 125, "age in years") if _is(column, "age", {"age"}, 0, 125) else None


def _is(column: Column, role: str, names: set[str], low: float, high: float) -> bool:
    """Whether the column has the role, or has its name and values of which most could be it."""
    return column.has(role, at_least=0.8) or (
        bool(names & set(tokens(column.name)[-1:])) and _mostly(column, low, high)
    )


def _calendar(column: Column) -> Limits | None:
    """Parts of a date, where nearly all values are what the name says."""
    bounds = {"month": (1, 12), "hour": (0, 23), "minute": (0, 59), "quarter": (1, 4), "weekday": (0, 7), "dow": (0, 7)}
    words = tokens(column.name)
    named = next((bounds[word] for word in words[-1:] if word in bounds), None)
    return Limits(*named, "calendar") if named and column.family == "integer" and _mostly(column, *named) else None


def _share(column: Column) -> Limits | None:
    """Percentages and shares: 0 to 1 or 0 to 100, whichever holds nearly all values."""
    words = set(tokens(column.name))
    named = bool(words & _PERCENT) or (column.has("rate") and bool(words & _SHARE)) or "probability" in words
    if words & {"growth", "change", "delta", "diff", "margin", "return", "yield", "fx", "exchange"}:
        return None
    for high in (1, 100):
        if _mostly(column, 0, high) and (named or (column.has("rate") and high == 1)):
            return Limits(0, high, "share" if high == 1 else "percentage", certain=named)
    return None


def _rating(column: Column) -> Limits | None:
    if not {"rating", "stars", "score", "grade"} & set(tokens(column.name)):
        return None
    q = column.facts.quantiles
    low = next((bound for bound in (1, 0) if q and q["p01"] >= bound), None)
    high = next((bound for bound in (5, 10, 100) if q and q["p99"] <= bound), None)
    return None if low is None or high is None else Limits(low, high, "rating scale", certain=False)


def _amount_of_things(column: Column) -> Limits | None:
    """Counts, durations and sizes that are negative in at most a few rows."""
    measured = column.has("quantity", "duration", at_least=0.8) or bool(_NEVER_NEGATIVE & set(tokens(column.name)[-2:]))
    rare = (column.facts.negatives or 0) <= 0.1 * column.facts.present
    return Limits(0, None, "no less than nothing", certain=True) if measured and rare else None


def _mostly(column: Column, low: float, high: float) -> bool:
    """Whether nearly all values lie between the two: 90% at least, as quantiles say."""
    q = column.facts.quantiles
    return bool(q) and (q["p05"] >= low and q["p95"] <= high)


_RULES: tuple[Callable[[Column], Limits | None], ...] = (
    _coordinate,
    _age,
    _calendar,
    _share,
    _rating,
    _amount_of_things,
)
