"""Times that do not follow the pattern of hours, weekdays or months that the schema declares."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Steps, Verdict
from datacruncher.checks.expectation._shares import compare, judged
from datacruncher.checks.journeys import moment

_SLOTS = {"hour": 24, "dow": 7, "month": 12}
_PART = {"hour": "hour({})", "dow": "isodow({}) - 1", "month": "month({}) - 1"}
_COARSE = {"d", "w", "m", "q", "y", "day", "week", "month", "quarter", "year"}
_MOVES = {"add", "outliers", "effect"}  # modifiers that move times


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: times. deviations: standard errors that chance may take a share from its weight."""

    minimum: int = 200
    deviations: float = 4.5


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Columns that a `datetime_series` with a pattern fills, each dimension by itself."""
    for table in catalog:
        for column in table.columns:
            if column.declared is None or column.declared.generates != "datetime_series" or not column.is_time:
                continue
            for dimension, weights in _patterns(column.declared).items():
                yield _bound(catalog, table, column, dimension, weights)


def _patterns(declared: Any) -> dict[str, list[float]]:
    """Dimension → weights; several of one dimension multiply."""
    given = declared.parameters
    seasons = [modifier.args for modifier in declared.modifiers if modifier.transform == "seasonality"]
    found: dict[str, list[float]] = {}
    for pattern in (given.get("pattern"), *(given.get("patterns") or []), *seasons):
        dimension, weights = (
            (pattern.get("dimension"), pattern.get("weights")) if isinstance(pattern, dict) else (None, None)
        )
        if dimension in _SLOTS and isinstance(weights, list) and len(weights) == _SLOTS[dimension]:
            before = found.get(dimension, [1.0] * len(weights))
            found[dimension] = [float(a) * float(b) for a, b in zip(before, weights, strict=True)]
    return found


def _bound(catalog: Catalog, table: Table, column: Column, dimension: str, weights: list[float]) -> Binding | Skip:
    place, declared = Place(table.name, (column.name,)), column.declared
    window = _window(catalog, declared.parameters.get("within"))
    coarse = str(declared.parameters.get("freq") or "").lower().lstrip("0123456789") in _COARSE
    moved = {modifier.transform for modifier in declared.modifiers}
    if window is None:
        return Skip("no window of time is declared", place)
    if moved & _MOVES or (dimension == "hour" and (coarse or "time_jitter" in moved)):
        return Skip(f"its {dimension} is changed afterwards, or is none", place)
    if dimension == "month" and (table.declared.parents or (window[1] - window[0]).days < 360):
        return Skip("months are not all as long in the lives of its parents, or in the window", place)
    slots = _weighted(dimension, weights, window)
    return Binding(
        table, (column,), given={"dimension": dimension, "weights": slots, "rule": "declared", "id": dimension}
    )


def _window(catalog: Catalog, within: Any) -> tuple[dt.datetime, dt.datetime] | None:
    timeframe = catalog.document.timeframe
    ends = (
        (within.get("start"), within.get("end"))
        if isinstance(within, dict)
        else (timeframe.start, timeframe.end)
        if timeframe
        else ("", "")
    )
    start, end = (times.instant(one) for one in ends)
    return (start, end) if start is not None and end is not None and start < end else None


def _weighted(dimension: str, weights: list[float], window: tuple[dt.datetime, dt.datetime]) -> Mapping[int, float]:
    """Slot → weight × how many days of the window lie in it."""
    start, end = (one.date() for one in window)
    dates = (start + dt.timedelta(days=n) for n in range((end - start).days + 1))
    if dimension == "hour":
        return dict(enumerate(weights))
    days = Counter(date.weekday() if dimension == "dow" else date.month - 1 for date in dates)
    return {slot: weight * days[slot] for slot, weight in enumerate(weights)}


def probe(binding: Binding, params: Params) -> Probe:
    """Shares of the slots beside those declared."""
    column = binding.column
    slot = _PART[binding.given["dimension"]].format(moment(column, "e"))
    counted = (
        f"SELECT {slot} AS slot, COUNT(*) AS n FROM {binding.table.sql} e WHERE {column.of('e')} IS NOT NULL GROUP BY 1"
    )
    return compare(binding.given["weights"], counted, params.deviations)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The largest difference, beyond chance."""
    verdict = judged(found, found.binding.given["weights"])
    if isinstance(verdict, Skip):
        return verdict
    return Verdict(**{**_fields(verdict), "words": {"dimension": Plain(found.binding.given["dimension"])}})


def _fields(verdict: Verdict) -> dict[str, Any]:
    return {"size": verdict.size, "expected": verdict.expected, "details": verdict.details}


_SCHEMA = {
    "version": "1.0",
    "timeframe": {"start": "2024-01-01T00:00:00Z", "end": "2024-02-25T23:59:59Z"},
    "nodes": [
        {
            "id": "visit",
            "kind": "entity",
            "pk": "visit_id",
            "columns": [
                {"name": "visit_id", "type": "int", "generator": {"sequence": {}}},
                {
                    "name": "visited_at",
                    "type": "datetime",
                    "generator": {
                        "datetime_series": {
                            "within": "timeframe",
                            "freq": "H",
                            "pattern": {"dimension": "dow", "weights": [1, 1, 1, 1, 1, 0, 0]},
                        }
                    },
                },
            ],
        }
    ],
}
_VISITS = "SELECT i AS visit_id, TIMESTAMP '2024-01-01 10:00:00' + to_days(CAST({day} AS INTEGER)) AS visited_at FROM range(560) t(i)"

SPEC = CheckSpec(
    id="expectation.pattern_mismatch",
    defect="weights_mismatch",
    category="schema_expectation",
    title="Times do not follow the declared pattern",
    why="What was designed for busy Fridays is tried on a week without any.",
    needs="a schema with a datetime_series and a pattern",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        medium=0.05, low=0.02, source="5 points of share change a chart; Cohen's w of a week with it is 0.1 and more"
    ),
    message="Pattern of {table}.{column} is off: {dimension} {worst} has {share_found:.1%} of the times, declared"
    " {share_declared:.1%} (n = {total})",
    recommendation="Set the weights of {dimension} to what is meant, and generate again.",
    details=("statistic",),
    example=Example(
        clean={"visit": _VISITS.format(day="i % 5 + 7 * (i // 5 % 8)")},
        damaged={"visit": _VISITS.format(day="i % 7 + 7 * (i // 7 % 8)")},
        finds=None,
        schema=_SCHEMA,
        at="visit.visited_at",
    ),
)
