"""Stickiness: of those active in a month, how many are active on a day."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.metrics._activity import events, logs_bound
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricParams, MetricSpec, day, listed


class Params(MetricParams, frozen=True, kw_only=True):
    """days: the month that is looked at, to the last day with an event."""

    days: int = 30


def probe(binding: Binding, params: Any) -> Probe:
    """The mean of the daily active over the last 30 days, the active of those days, and the active of each month."""
    days = params.days
    measure = f"""WITH {events(binding.given["journey"])}, _days AS (
    SELECT DISTINCT entity, DATE_TRUNC('day', happened) AS day FROM _events
), _recent AS (
    SELECT entity, day FROM _days, _span WHERE day > DATE_TRUNC('day', _span.last) - INTERVAL {days} DAY
), _months AS (
    SELECT DATE_TRUNC('month', day) AS month, COUNT(DISTINCT entity) AS n FROM _days GROUP BY 1 ORDER BY 1 DESC LIMIT {MOST}
)
SELECT COUNT(*) / {days}.0 AS daily_active, COUNT(DISTINCT entity) AS monthly_active,
    COUNT(*) / {days}.0 / NULLIF(COUNT(DISTINCT entity), 0) AS stickiness, COUNT(DISTINCT entity) AS n,
    (SELECT {listed("month", at=day("month"), value="n", n="n")} FROM _months) AS active_per_month
FROM _recent"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="growth.stickiness",
    title="Stickiness",
    why="What is used daily is hard to leave.",
    needs="a log of activity of an entity",
    gives=(
        Measure("stickiness", "Daily active over monthly active", "ratio"),
        Measure("daily_active", "Active on a day, on average", "entities"),
        Measure("monthly_active", "Active in the last 30 days", "entities"),
        Measure("active_per_month", "Active per month", "entities", "series"),
    ),
    bind=logs_bound,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name FROM range(1, 5) t(i)",
            # The last day is 29 February; the 30 days begin on 31 January. Active: 1 on three days, 2 on two, 3 on one.
            "login": """SELECT row_number() OVER () AS login_id, u AS user_id, DATE '2024-01-01' + CAST(d AS INTEGER) AS login_date
                FROM (VALUES (4, 3), (1, 10), (1, 30), (1, 40), (1, 59), (2, 45), (2, 45), (2, 50), (3, 44)) v(u, d)""",
        },
        values={
            "stickiness": 6 / 30 / 3,
            "daily_active": 0.2,
            "monthly_active": 3,
            "active_per_month": [{"at": "2024-01-01", "value": 2}, {"at": "2024-02-01", "value": 3}],
        },
        ns={"stickiness": 3},
    ),
)
