"""How activity changes with age."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe, Values
from datacruncher.checks.journeys import days_between
from datacruncher.metrics._activity import cohort, events, journeys_bound
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec, listed

MONTHS = 12
_ENOUGH = 0.25  # of the entities, that the last age must rest on to be compared with the first


def probe(binding: Binding, _params: Any) -> Probe:
    """Events per entity in each 30 days of age, over the entities that were watched through them."""
    journey = binding.given["journey"]
    measure = f"""WITH {events(journey)}, {cohort(journey)}, _counts AS (
    SELECT c.entity, CAST(FLOOR({days_between("e.happened", "c.created")} / 30) AS INTEGER) AS k, COUNT(*) AS events
    FROM _cohort c JOIN _events e ON e.entity = c.entity WHERE e.happened >= c.created GROUP BY 1, 2
), _ages AS (
    SELECT r.k, COUNT(*) AS n, COALESCE(SUM(a.events), 0) / COUNT(*) AS events
    FROM range({MONTHS}) r(k) JOIN _cohort c ON c.watched >= 30 * (r.k + 1)
    LEFT JOIN _counts a ON a.entity = c.entity AND a.k = r.k GROUP BY r.k
)
SELECT {listed("k", name="CAST(k + 1 AS VARCHAR)", value="events", n="n")} AS activity_by_age, MAX(n) AS n
FROM _ages"""
    return Probe(measure=measure)


def work(values: Values, _params: Any) -> Values:
    """With what is left in the last month of age that was watched."""
    ages = [age for age in values["activity_by_age"] or [] if age["n"] >= _ENOUGH * values["n"]]
    kept = ages[-1]["value"] / ages[0]["value"] if len(ages) > 1 and ages[0]["value"] else None
    return {**values, "activity_kept": kept, "watched": ages[-1]["n"] if ages else 0}


SPEC = MetricSpec(
    id="customer_success.decay",
    title="Activity by age",
    why="It tells what a customer of a year is worth beside a new one.",
    needs="an entity with a creation time and its events",
    gives=(
        Measure("activity_by_age", "Events per entity by 30 days of age", "events", "steps"),
        Measure(
            "activity_kept", "Activity of the last age that was watched over that of the first", "ratio", n="watched"
        ),
    ),
    bind=journeys_bound,
    probe=probe,
    work=work,
    example=MetricExample(
        tables={
            "user": """SELECT i AS user_id, 'u' || i AS user_name, TIMESTAMP '2024-01-01' + to_days(CASE WHEN i = 4 THEN 20 ELSE 0 END)
                AS created_at FROM range(1, 5) t(i)""",
            # The last event is on day 70: users 1-3 are watched for two months of age, user 4 (from day 20) for one.
            "login": """SELECT row_number() OVER () AS login_id, u AS user_id, TIMESTAMP '2024-01-01' + to_days(d) AS login_at
                FROM (VALUES (1, 0), (1, 5), (1, 33), (2, 29), (2, 30), (2, 59), (3, 10), (4, 22), (4, 45), (1, 70)) v(u, d)""",
        },
        # First 30 days: 2 + 1 + 1 + 2 (user 4: days 22 and 45 are ages 2 and 25) by four; next 30 days: 1 + 2 + 0 by three.
        values={
            "activity_by_age": [{"value": 6 / 4, "n": 4}, {"value": 3 / 3, "n": 3}],
            "activity_kept": 1.0 / 1.5,
        },
        ns={"activity_kept": 3},
    ),
)
