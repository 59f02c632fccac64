"""Retention by cohort: of those who began in one week or month, who is active how many weeks or months later."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.journeys import days_between
from datacruncher.metrics._activity import cohort, events, journeys_bound
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec, day, listed

AGES = 12
SIZES = {"week": 7, "month": 30}
COHORTS = 24  # the newest


def probe(binding: Binding, _params: Any) -> Probe:
    """For each cohort and age, the share with an event in that week (30 days) of age, where all were watched to its end."""
    journey = binding.given["journey"]
    tables = ", ".join(_retained(unit, days) for unit, days in SIZES.items())
    series = ",\n    ".join(
        f"(SELECT {listed('cohort', at=day('cohort'), n='n', values='shares')} FROM _{unit}s) AS retention_{unit}ly"
        for unit in SIZES
    )
    measure = f"""WITH {events(journey)}, {cohort(journey)}, _aged AS (
    SELECT c.entity, {days_between("e.happened", "c.created")} AS age
    FROM _cohort c JOIN _events e ON e.entity = c.entity WHERE e.happened >= c.created
), {tables}
SELECT {series}, (SELECT COUNT(*) FROM _cohort) AS n"""
    return Probe(measure=measure)


def _retained(unit: str, days: int) -> str:
    return f"""_{unit}_active AS (
    SELECT DISTINCT entity, CAST(FLOOR(age / {days}) AS INTEGER) AS k FROM _aged WHERE age < {days * AGES}
), _{unit}_sizes AS (
    SELECT DATE_TRUNC('{unit}', created) AS cohort, COUNT(*) AS n, MIN(watched) AS watched FROM _cohort GROUP BY 1
), _{unit}_counts AS (
    SELECT DATE_TRUNC('{unit}', c.created) AS cohort, a.k, COUNT(*) AS active
    FROM _cohort c JOIN _{unit}_active a USING (entity) GROUP BY ALL
), _{unit}_rates AS (
    SELECT s.cohort, s.n, r.k, COALESCE(a.active, 0) / s.n AS share
    FROM _{unit}_sizes s CROSS JOIN range({AGES}) r(k) LEFT JOIN _{unit}_counts a ON a.cohort = s.cohort AND a.k = r.k
    WHERE s.watched >= {days} * (r.k + 1)
), _{unit}s AS (
    SELECT cohort, n, LIST(share ORDER BY k) AS shares FROM _{unit}_rates GROUP BY cohort, n ORDER BY cohort DESC LIMIT {COHORTS}
)"""


SPEC = MetricSpec(
    id="growth.cohorts",
    title="Retention by cohort",
    why="A cohort that stays less than its neighbours tells when something changed.",
    needs="an entity with a creation time and its events",
    gives=(
        Measure("retention_weekly", "Active by week of age, weekly cohorts", kind="cohorts"),
        Measure("retention_monthly", "Active by month (30 days) of age, monthly cohorts", kind="cohorts"),
    ),
    bind=journeys_bound,
    probe=probe,
    example=MetricExample(
        tables={
            "user": """SELECT i AS user_id, 'u' || i AS user_name, TIMESTAMP '2024-01-01' + to_days(CASE WHEN i > 4 THEN 7 ELSE 0 END)
                AS created_at FROM range(1, 7) t(i)""",
            # Monday 1 January: users 1-4, watched 21 days; Monday 8 January: users 5 and 6, watched 14 days.
            "event": """SELECT row_number() OVER () AS event_id, u AS user_id, 'open' AS event_name,
                TIMESTAMP '2024-01-01' + to_days(d) AS event_at
                FROM (VALUES (1, 0), (2, 1), (1, 8), (3, 15), (5, 7), (6, 9), (5, 16), (4, 21)) v(u, d)""",
        },
        values={
            "retention_weekly": [
                {"at": "2024-01-01", "n": 4, "values": [0.5, 0.25, 0.25]},  # 1 and 2; 1; 3 (day 21 is the fourth week)
                {"at": "2024-01-08", "n": 2, "values": [1.0, 0.5]},  # 5 and 6; 5
            ],
        },
        ns={"retention_weekly": 6},
    ),
)
