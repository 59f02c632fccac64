"""Time to first value: how long it takes from the beginning to the first event."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.journeys import days_between
from datacruncher.metrics._activity import cohort, events, journeys_bound
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec


def probe(binding: Binding, _params: Any) -> Probe:
    """The median and the ninth decile of the days to the first event, and who never had one."""
    journey = binding.given["journey"]
    wait = days_between("f.happened", "c.created")
    measure = f"""WITH {events(journey)}, {cohort(journey)}, _firsts AS (
    SELECT e.entity, MIN(e.happened) AS happened FROM _events e JOIN _cohort c USING (entity) WHERE e.happened >= c.created
    GROUP BY 1
)
SELECT median({wait}) AS days_to_first_value, quantile_cont({wait}, 0.9) AS days_to_first_value_p90, COUNT(f.happened) AS n,
    AVG(CAST(f.happened IS NULL AS INTEGER)) AS never_active, COUNT(*) AS all_of_them
FROM _cohort c LEFT JOIN _firsts f USING (entity)"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="product.first_value",
    title="Time to first value",
    why="The longer it takes, the more give up before.",
    needs="an entity with a creation time and its events",
    gives=(
        Measure("days_to_first_value", "Days to the first event (median)", "days"),
        Measure("days_to_first_value_p90", "Days to the first event (nine in ten)", "days"),
        Measure("never_active", "Never had an event", n="all_of_them"),
    ),
    bind=journeys_bound,
    probe=probe,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name, TIMESTAMP '2024-01-01' AS created_at FROM range(1, 6) t(i)",
            "login": """SELECT row_number() OVER () AS login_id, u AS user_id, TIMESTAMP '2024-01-01' + to_days(d) AS login_at
                FROM (VALUES (1, 0), (1, 5), (2, 2), (2, 9), (3, 4), (4, 10), (4, 11)) v(u, d)""",
        },
        values={"days_to_first_value": 3.0, "days_to_first_value_p90": 8.2, "never_active": 0.2},  # of 0, 2, 4 and 10
        ns={"days_to_first_value": 4, "never_active": 5},
    ),
)
