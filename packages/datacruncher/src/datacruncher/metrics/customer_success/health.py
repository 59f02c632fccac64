"""Health: what entities do in the last thirty days against the thirty before."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.metrics._activity import activity_bound, events
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec


class Params(MetricParams, frozen=True, kw_only=True):
    """days: length of each of the two periods."""

    days: int = 30


def probe(binding: Binding, params: Any) -> Probe:
    """Events per entity of both periods, over the entities active in either."""
    days = params.days
    measure = f"""WITH {events(binding.given["journey"])}, _each AS (
    SELECT entity, COUNT(*) FILTER (WHERE happened > last - INTERVAL {days} DAY) AS now,
           COUNT(*) FILTER (WHERE happened <= last - INTERVAL {days} DAY) AS before
    FROM _events, _span WHERE happened > last - INTERVAL {2 * days} DAY AND last - INTERVAL {2 * days} DAY >= first
    GROUP BY entity
)
SELECT SUM(now) / NULLIF(COUNT(*), 0) AS engagement, SUM(now) / NULLIF(SUM(before), 0) AS engagement_change,
    AVG(CAST(now < before AS INTEGER)) AS less_active, AVG(CAST(now > before AS INTEGER)) AS more_active, COUNT(*) AS n
FROM _each"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="customer_success.health",
    title="Health",
    why="Who does less this month than last is on the way out.",
    needs="an entity and its events over at least 60 days",
    gives=(
        Measure("engagement", "Events per active entity in the last 30 days", "events"),
        Measure("engagement_change", "Events of the last 30 days over those of the 30 before", "ratio"),
        Measure("less_active", "Do less than in the 30 days before"),
        Measure("more_active", "Do more than in the 30 days before"),
    ),
    bind=activity_bound,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name FROM range(1, 6) t(i)",
            # The last day is 70: the last thirty are 41 to 70, the thirty before 11 to 40.
            "login": """SELECT row_number() OVER () AS login_id, u AS user_id, TIMESTAMP '2024-01-01' + to_days(d) AS login_at
                FROM (VALUES (1, 20), (1, 30), (1, 70), (2, 12), (2, 50), (3, 60), (3, 61), (4, 40), (5, 0), (5, 10)) v(u, d)""",
        },
        # Now: 1, 1, 2, 0. Before: 2, 1, 0, 1. User 5 was active in neither.
        values={"engagement": 1.0, "engagement_change": 1.0, "less_active": 0.5, "more_active": 0.25},
        ns={"engagement": 4},
    ),
)
