"""Of those active in a month, few are active on a day: DAU / MAU."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import Journey, is_log, journeys


class Params(base.Params, frozen=True, kw_only=True):
    """threshold: the DAU/MAU that a product used every day reaches. days: days that must have been watched."""

    threshold: float = 0.1
    days: int = 30


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Logs of activity; a table of purchases has no daily users."""
    for journey in journeys(catalog, needs_creation=False):
        if isinstance(journey, Skip):
            yield journey
        elif is_log(journey.events):
            place = (journey.at,)
            yield Binding(
                journey.events,
                place,
                related=journey.entity,
                key=journey.key,
                confidence=journey.confidence,
                given={"journey": journey},
            )


def probe(binding: Binding, params: Params) -> Probe:
    """Mean over the last 30 days of the active entities of a day, over the active entities of the 30 days."""
    journey: Journey = binding.given["journey"]
    measure = f"""WITH events AS (
    SELECT {journey.entity_key} AS entity, date_trunc('day', {journey.event_time}) AS day
    FROM {journey.events.sql} e
    WHERE {journey.key.present("e")} AND {journey.at.of("e")} IS NOT NULL
), span AS (
    SELECT MAX(day) AS last, date_diff('day', MIN(day), MAX(day)) + 1 AS days FROM events
), month AS (
    SELECT entity, day FROM events, span WHERE day > span.last - INTERVAL {params.days} DAY
)
SELECT COUNT(DISTINCT (entity, day)) / {params.days}.0 AS daily, COUNT(DISTINCT entity) AS rows_total,
    COUNT(DISTINCT (entity, day)) / {params.days}.0 / NULLIF(COUNT(DISTINCT entity), 0) AS observed,
    (SELECT days FROM span) AS days
FROM month"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """DAU/MAU against the threshold."""
    if (found.values["days"] or 0) < params.days:
        return Skip(f"{found.values['days']} days of events; {params.days} are needed")
    stickiness = float(found.observed or 0.0)
    return Verdict(
        size=params.threshold - stickiness,
        expected={"min": params.threshold},
        unit="ratio",
        details={"daily": found.values["daily"], "monthly": found.rows_total},
        words={"stickiness": stickiness},
        metrics={"stickiness": stickiness},
    )


_EVENTS = """SELECT row_number() OVER (ORDER BY u, d) AS event_id, u AS user_id,
    TIMESTAMP '2024-01-01' + to_hours(u) + to_days(CAST(d AS INTEGER)) AS event_at, 'view' AS event_name
FROM range(100) a(u), range(60) b(d) WHERE {where}"""

SPEC = CheckSpec(
    id="growth.low_stickiness",
    defect="other",
    category="business_logic",
    title="Few of the month's users come on a day",
    why="DAU/MAU tells a habit from a visit.",
    needs="a log of the events of an entity",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="persona-metrics: DAU/MAU below 10%"),
    message="Stickiness only {stickiness:.1%}: {daily:.0f} of {total} {related_table} rows active in a month are active on a day",
    recommendation="Find what brings the daily users back and show it to the others.",
    example=Example(
        clean={
            "user": "SELECT i AS user_id, 'u' || i AS name FROM range(100) t(i)",
            "event": _EVENTS.format(where="TRUE"),
        },
        damaged={"event": _EVENTS.format(where="(u + d) % 20 = 0")},
        finds=None,
        at="event.event_at",
    ),
)
