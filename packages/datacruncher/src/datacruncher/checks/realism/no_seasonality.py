"""Human activity without a rhythm of day or week."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Screen, Skip, Steps, Values, Verdict
from datacruncher.checks.journeys import moment


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: events. effect: the least Cramér's V against an even spread. weeks: whole weeks to be watched."""

    minimum: int = 1000
    effect: float = 0.02
    weeks: int = 8


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """The event time of every table of events."""
    for table in catalog.of_kind("event"):
        at = table.role("event_time")
        if at is not None and at.facts.present:
            yield Binding(table, (at,), confidence=at.roles["event_time"])


def probe(binding: Binding, params: Params) -> Probe:
    """χ² of the weekdays over whole weeks, and of the hours where the column has them."""
    at = binding.column
    hours = at.family == "timestamp" and at.facts.midnight != at.facts.present
    chi = "SUM((n - total / {k}.0) * (n - total / {k}.0) / (total / {k}.0))"
    parts = {
        dimension: (
            f"SELECT {chi.format(k=k)} AS statistic, SUM(n) AS n, SQRT({chi.format(k=k)} / SUM(n) / {k - 1}) AS effect,"
            f" list(n / total ORDER BY slot) AS shares FROM (SELECT slot, COALESCE(n, 0) AS n,"
            f" (SELECT COUNT(*) FROM whole) AS total FROM range({k}) r(slot) LEFT JOIN (SELECT {part} AS slot, COUNT(*) AS n"
            " FROM whole GROUP BY 1) c USING (slot))"
        )
        for dimension, k, part in (("dow", 7, "isodow(happened) - 1"), ("hour", 24, "hour(happened)"))
    }
    measure = f"""WITH events AS (
    SELECT {moment(at, "e")} AS happened FROM {binding.table.sql} e WHERE {at.of("e")} IS NOT NULL
), span AS (
    SELECT date_trunc('week', MIN(happened)) + INTERVAL 7 DAY AS first, date_trunc('week', MAX(happened)) AS last FROM events
), whole AS (
    SELECT happened FROM events, span WHERE happened >= first AND happened < last
), dow AS (
    {parts["dow"]}
), hours AS (
    {parts["hour"]}
)
SELECT dow.n AS rows_total, dow.effect AS dow_effect, dow.statistic AS dow_statistic, dow.shares AS dow_shares,
    {"hours.effect" if hours else "NULL"} AS hour_effect, {"hours.statistic" if hours else "NULL"} AS hour_statistic,
    GREATEST(dow.effect, {"hours.effect" if hours else "0"}) AS observed,
    (SELECT (epoch(last) - epoch(first)) / 604800 FROM span) AS weeks
FROM dow, hours"""
    return Probe(measure=measure, screen=Screen(partial(_has_rhythm, params)))


def _has_rhythm(params: Params, values: Values) -> bool:
    """Whether a sample shows a rhythm twice as strong as asked; chance adds a few thousandths to it."""
    return (values["weeks"] or 0) >= params.weeks and (values["observed"] or 0.0) > 2 * params.effect


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Flat in both dimensions: an effect below what n could not hide."""
    if (found.values["weeks"] or 0) < params.weeks:
        return Skip(f"less than {params.weeks} whole weeks")
    effect = float(found.observed or 0.0)
    return Verdict(
        size=1.0 if effect < params.effect else 0.0,
        expected={"min": params.effect},
        unit="statistic",
        details={
            "time_column": found.binding.column.name,
            "dimension": "dow",
            "shares": found.values["dow_shares"],
            "statistic": found.values["dow_statistic"],
            "effect": effect,
        },
        words={"effect": effect},
    )


_EVENTS = """SELECT row_number() OVER () AS event_id, i % 50 AS user_id, 'view' AS event_name,
    TIMESTAMP '2024-01-01' + to_hours(i) AS event_at FROM range(4032) t(i) {where}"""
_USERS = "SELECT i AS user_id, 'u' || i AS name FROM range(50) t(i)"

SPEC = CheckSpec(
    id="realism.no_seasonality",
    defect="no_seasonality",
    category="realism",
    title="No rhythm of day or week",
    why="People sleep and have weekends; data that does not was made or shifted.",
    needs="a table of events with at least 1,000 of them over eight weeks",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    metric="rhythm_effect",
    severity=Steps(medium=0.5, source="persona-metrics: effect size below 0.02 with n of at least 1,000"),
    message="No rhythm in {table}.{column}: {total} events spread evenly over the week and the day (effect {effect:.3f})",
    recommendation="Ask whether machines write this table; in generated data, give {column} patterns by hour and weekday.",
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(where="WHERE i % 24 > 6 OR i % 3 = 0")},
        damaged={"event": _EVENTS.format(where="")},
        finds=None,
        at="event.event_at",
    ),
)
