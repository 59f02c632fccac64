"""Nobody ever stops: over months, no entity falls silent."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import Journey, journeys


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entities. days: time that must have been watched. gaps: silence, in the entity's own median gaps."""

    minimum: int = 100
    days: int = 90
    gaps: float = 3.0
    events: int = 5


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Entities and their logs."""
    for journey in journeys(catalog, needs_creation=False):
        yield journey if isinstance(journey, Skip) else journey.binding()


def probe(binding: Binding, params: Params) -> Probe:
    """Entities that are silent at the end for longer than three of their own gaps."""
    journey: Journey = binding.given["journey"]
    lives = f"""WITH events AS (
    SELECT {journey.entity_key} AS entity, epoch({journey.event_time}) / 86400.0 AS day
    FROM {journey.events.sql} e
    WHERE {journey.key.present("e")} AND {journey.at.of("e")} IS NOT NULL
), spaced AS (
    SELECT entity, day, day - lag(day) OVER (PARTITION BY entity ORDER BY day) AS gap FROM events
), lives AS (
    SELECT entity, COUNT(*) AS n, MAX(day) AS last, median(gap) AS gap FROM spaced GROUP BY entity
), span AS (
    SELECT MAX(day) AS last, MAX(day) - MIN(day) AS days FROM events
), judged AS (
    SELECT lives.*, span.last - lives.last > {params.gaps} * GREATEST(gap, 1.0) AS silent
    FROM lives, span WHERE n >= {params.events}
)"""
    measure = f"""{lives}
SELECT COUNT(*) FILTER (WHERE silent) AS silent, COUNT(*) AS rows_total,
    AVG(CAST(silent AS INTEGER)) AS observed, (SELECT days / 30.4 FROM span) AS months
FROM judged"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """None silent at all is implausible among a hundred over three months."""
    months = float(found.values["months"] or 0.0)
    if months * 30.4 < params.days:
        return Skip(f"{months:.1f} months of events; {params.days} days are needed")
    silent = float(found.observed or 0.0)
    return Verdict(
        size=1.0 if silent == 0.0 else 0.0,
        expected={"min": 1.0 / (found.rows_total or 1)},
        details={"months": months, "entities": found.rows_total},
        metrics={"silent_share": silent},
        words={"months": months},
    )


_USERS = "SELECT i AS user_id, 'u' || i AS name FROM range(150) t(i)"
_EVENTS = """SELECT row_number() OVER () AS event_id, u AS user_id, 'login' AS event_name,
    TIMESTAMP '2024-01-01' + to_days(CAST(d * 3 AS INTEGER)) + to_minutes(u) AS event_at
FROM range(150) a(u), range(40) b(d) WHERE {where}"""

SPEC = CheckSpec(
    id="customer_success.zero_churn",
    defect="zero_churn",
    category="realism",
    title="Nobody ever stops",
    why="In life some leave. Data without churn flatters every forecast that rests on it.",
    needs="an entity with a log of its events over at least three months",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.5, source="persona-metrics: no entity ever stops over 3 months is implausible"),
    message="Zero churn: none of {total} in {table} falls silent in {related_table} over {months:.0f} months",
    recommendation="Check whether those who left were removed from the data; in generated data, add a falling"
    " vintage_behavior curve or a state_transition_model.",
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(where="u % 10 > 0 OR d < 20")},
        damaged={"event": _EVENTS.format(where="TRUE")},
        finds=None,
        at="user.user_id",
    ),
)
