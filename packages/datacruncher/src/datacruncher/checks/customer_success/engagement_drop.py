"""Entities do far less in the last thirty days than in the thirty before."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import is_log, journeys


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entities active in either period. kept: the share of activity that should remain."""

    kept: float = 0.5
    days: int = 30


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Logs of activity of an entity."""
    for journey in journeys(catalog, needs_creation=False):
        if isinstance(journey, Skip):
            yield journey
        elif is_log(journey.events):
            sure = journey.confidence
            given = {"journey": journey}
            yield Binding(
                journey.events, (journey.at,), related=journey.entity, key=journey.key, confidence=sure, given=given
            )


def probe(binding: Binding, params: Params) -> Probe:
    """Events of the two periods and the entities behind them."""
    journey = binding.given["journey"]
    measure = f"""WITH events AS (
    SELECT {journey.entity_key} AS entity, {journey.event_time} AS happened
    FROM {journey.events.sql} e
    WHERE {journey.key.present("e")} AND {journey.at.of("e")} IS NOT NULL
), recent AS (
    SELECT entity, happened > last - INTERVAL {params.days} DAY AS now, first
    FROM events, (SELECT MAX(happened) AS last, MIN(happened) AS first FROM events)
    WHERE happened > last - INTERVAL {2 * params.days} DAY
)
SELECT COUNT(DISTINCT entity) AS rows_total, COUNT(*) FILTER (WHERE now) AS now, COUNT(*) FILTER (WHERE NOT now) AS before,
    COUNT(*) FILTER (WHERE now) / NULLIF(COUNT(*) FILTER (WHERE NOT now), 0) AS observed,
    (SELECT (epoch(MAX(happened)) - epoch(MIN(happened))) / 86400.0 FROM events) AS days
FROM recent"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The ratio of the two periods."""
    if (found.values["days"] or 0) < 2 * params.days or found.observed is None:
        return Skip(f"less than {2 * params.days} days of events")
    kept = float(found.observed)
    return Verdict(
        size=params.kept - kept,
        expected={"min": params.kept},
        unit="ratio",
        details={"first": found.values["before"], "last": found.values["now"], "unit": f"{params.days} days"},
        words={"kept": kept, "days": params.days},
        metrics={"engagement_change": kept},
    )


_USERS = "SELECT i AS user_id, 'u' || i AS name FROM range(100) t(i)"
_EVENTS = """SELECT row_number() OVER () AS event_id, u AS user_id, 'login' AS event_name,
    TIMESTAMP '2024-01-01' + to_hours(u + d * 24) AS event_at
FROM range(100) a(u), range(120) b(d) WHERE {where}"""

SPEC = CheckSpec(
    id="customer_success.engagement_drop",
    defect="engagement_decay",
    category="business_logic",
    title="Activity dropped in the last month",
    why="A drop across the base is an outage, a lost source or a change that drove people away.",
    needs="a log of the events of an entity over at least two months",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="half of the activity gone within a month has no seasonal cause"),
    message="Activity in {table} fell to {kept:.0%} within {days} days ({before} → {now} events, {total} in {related_table})",
    recommendation="Check first that the log is complete, then what changed for those who stopped.",
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(where="TRUE")},
        damaged={"event": _EVENTS.format(where="d < 90 OR d % 5 = 0")},
        finds=None,
        at="event.event_at",
    ),
)
