"""Activation: who does anything in the first week."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.journeys import days_between
from datacruncher.metrics._activity import cohort, events, journeys_bound
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec


class Params(MetricParams, frozen=True, kw_only=True):
    """days: the time to act in."""

    days: int = 7


def probe(binding: Binding, params: Any) -> Probe:
    """The share with an event in their first days, of those watched that long."""
    journey = binding.given["journey"]
    age = days_between("f.happened", "c.created")
    measure = f"""WITH {events(journey)}, {cohort(journey)}, _firsts AS (
    SELECT e.entity, MIN(e.happened) AS happened FROM _events e JOIN _cohort c USING (entity) WHERE e.happened >= c.created
    GROUP BY 1
)
SELECT AVG(CAST(COALESCE({age} <= {params.days}, FALSE) AS INTEGER)) AS activation_rate, COUNT(*) AS n
FROM _cohort c LEFT JOIN _firsts f USING (entity)
WHERE c.watched >= {params.days}"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="growth.activation",
    title="Activation",
    why="Who does nothing in the first week seldom does later.",
    needs="an entity with a creation time and its events",
    gives=(Measure("activation_rate", "Active in the first week"),),
    bind=journeys_bound,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name, TIMESTAMP '2024-01-01' AS created_at FROM range(1, 9) t(i)",
            "event": """SELECT row_number() OVER () AS event_id, u AS user_id, 'open' AS event_name,
                TIMESTAMP '2024-01-01' + to_days(d) AS event_at
                FROM (VALUES (1, 0), (1, 9), (2, 6), (3, 7), (4, 8), (5, 20)) v(u, d)""",
        },
        values={"activation_rate": 3 / 8},  # 1, 2 and 3; 4 and 5 come too late, 6 to 8 never
        ns={"activation_rate": 8},
    ),
)
