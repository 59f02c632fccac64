"""Sessions: events without a long pause between them, how many an entity has and how long they last."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.metrics._activity import events, logs_bound
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec


class Params(MetricParams, frozen=True, kw_only=True):
    """pause_minutes: a pause longer than that begins a new session."""

    pause_minutes: float = 30.0


def probe(binding: Binding, params: Any) -> Probe:
    """Sessions per entity, events per session, and the median length of those with more than one event."""
    measure = f"""WITH {events(binding.given["journey"])}, _spaced AS (
    SELECT entity, happened, epoch(happened) - epoch(lag(happened) OVER w) > {params.pause_minutes * 60} AS later
    FROM _events WINDOW w AS (PARTITION BY entity ORDER BY happened)
), _numbered AS (
    SELECT entity, happened, SUM(CAST(COALESCE(later, TRUE) AS INTEGER)) OVER (PARTITION BY entity ORDER BY happened) AS session
    FROM _spaced
), _sessions AS (
    SELECT entity, COUNT(*) AS n, (epoch(MAX(happened)) - epoch(MIN(happened))) / 60.0 AS minutes FROM _numbered
    GROUP BY entity, session
)
SELECT COUNT(*) / COUNT(DISTINCT entity) AS sessions_per_user, COUNT(DISTINCT entity) AS users, AVG(n) AS events_per_session,
    COUNT(*) AS n, median(minutes) FILTER (WHERE n > 1) AS session_minutes, COUNT(*) FILTER (WHERE n > 1) AS longer
FROM _sessions"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="product.sessions",
    title="Sessions",
    why="How often and how long people stay tells what the product is to them.",
    needs="a log of activity of an entity",
    gives=(
        Measure("sessions_per_user", "Sessions per entity", "sessions", n="users"),
        Measure("events_per_session", "Events per session", "events"),
        Measure("session_minutes", "Minutes of a session with more than one event (median)", "minutes", n="longer"),
    ),
    bind=logs_bound,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name FROM range(1, 4) t(i)",
            "event": """SELECT row_number() OVER () AS event_id, u AS user_id, 'open' AS event_name,
                TIMESTAMP '2024-01-01' + to_minutes(m) AS event_at
                FROM (VALUES (1, 0), (1, 10), (1, 40), (1, 71), (1, 200), (1, 220), (2, 0), (2, 31), (2, 41)) v(u, m)""",
        },
        # User 1: 0-10-40, 71, 200-220; user 2: 0, 31-41. User 3 did nothing.
        values={"sessions_per_user": 2.5, "events_per_session": 9 / 5, "session_minutes": 20.0},  # of 40, 20 and 10
        ns={"sessions_per_user": 2, "events_per_session": 5, "session_minutes": 3},
    ),
)
