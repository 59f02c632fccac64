"""Day-N retention: who is back one, seven and thirty days after the beginning."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.journeys import days_between
from datacruncher.metrics._activity import cohort, events, journeys_bound
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec

DAYS = (1, 7, 30)


def probe(binding: Binding, _params: Any) -> Probe:
    """For each N, the share with an event in [N, N + 1) days, and on or after N, of those watched for N + 1 days."""
    journey = binding.given["journey"]
    age = days_between("e.happened", "c.created")
    marks = ",\n           ".join(
        f"COALESCE(BOOL_OR({age} >= {n} AND {age} < {n + 1}), FALSE) AS on{n}, COALESCE(BOOL_OR({age} >= {n}), FALSE) AS from{n}"
        for n in DAYS
    )
    shares = ",\n    ".join(
        f"AVG(CAST(on{n} AS INTEGER)) FILTER (WHERE watched >= {n + 1}) AS retention_d{n},"
        f" AVG(CAST(from{n} AS INTEGER)) FILTER (WHERE watched >= {n + 1}) AS retention_d{n}_unbounded,"
        f" COUNT(*) FILTER (WHERE watched >= {n + 1}) AS n{n}"
        for n in DAYS
    )
    measure = f"""WITH {events(journey)}, {cohort(journey)}, _back AS (
    SELECT c.entity, MAX(c.watched) AS watched, {marks}
    FROM _cohort c LEFT JOIN _events e ON e.entity = c.entity
    GROUP BY c.entity
)
SELECT {shares}
FROM _back"""
    return Probe(measure=measure)


def _gives() -> tuple[Measure, ...]:
    bounded = tuple(Measure(f"retention_d{n}", f"Back on day {n}", n=f"n{n}") for n in DAYS)
    later = tuple(Measure(f"retention_d{n}_unbounded", f"Back on day {n} or later", n=f"n{n}") for n in DAYS)
    return bounded + later


SPEC = MetricSpec(
    id="growth.retention",
    title="Retention by day",
    why="Growth that leaks is paid for twice.",
    needs="an entity with a creation time and its events",
    gives=_gives(),
    bind=journeys_bound,
    probe=probe,
    example=MetricExample(
        tables={
            "user": """SELECT i AS user_id, 'u' || i AS user_name,
                TIMESTAMP '2024-01-01' + to_days(CASE WHEN i = 10 THEN 39 ELSE 0 END) AS created_at FROM range(1, 11) t(i)""",
            # Users 1-9 are watched for 40 days, user 10 for one: all nine count on days 1, 7 and 30, user 10 on none.
            "event": """SELECT row_number() OVER () AS event_id, u AS user_id, 'open' AS event_name,
                TIMESTAMP '2024-01-01' + to_hours(h) AS event_at
                FROM (VALUES (1, 0), (1, 25), (1, 170), (2, 30), (3, 169), (4, 740), (5, 200), (9, 960)) v(u, h)""",
        },
        values={
            "retention_d1": 2 / 9,  # 1 (hour 25) and 2 (hour 30)
            "retention_d7": 2 / 9,  # 1 (170) and 3 (169)
            "retention_d30": 1 / 9,  # 4 (740)
            "retention_d1_unbounded": 6 / 9,  # all but 6, 7, 8
            "retention_d7_unbounded": 5 / 9,  # 1, 3, 4, 5, 9
            "retention_d30_unbounded": 2 / 9,  # 4, 9
        },
        ns={"retention_d1": 9, "retention_d30": 9},
    ),
)
