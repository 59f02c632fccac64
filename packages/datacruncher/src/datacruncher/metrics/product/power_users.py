"""The power-user curve: on how many of the last thirty days entities were active."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.metrics._activity import events, logs_bound
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec, listed


class Params(MetricParams, frozen=True, kw_only=True):
    """days: looked at, to the last day with an event. often: days that make a power user."""

    days: int = 30
    often: int = 15


def probe(binding: Binding, params: Any) -> Probe:
    """The share of the active entities for each number of days, and of those active on many."""
    days = params.days
    measure = f"""WITH {events(binding.given["journey"])}, _each AS (
    SELECT entity, COUNT(DISTINCT DATE_TRUNC('day', happened)) AS days FROM _events, _span
    WHERE happened >= DATE_TRUNC('day', _span.last) - INTERVAL {days - 1} DAY GROUP BY entity
), _curve AS (
    SELECT d.days, COUNT(e.entity) AS n FROM range(1, {days + 1}) d(days) LEFT JOIN _each e ON e.days = d.days GROUP BY 1
), _all AS (
    SELECT COUNT(*) AS n, AVG(days) AS mean, AVG(CAST(days >= {params.often} AS INTEGER)) AS often FROM _each
)
SELECT {listed("days", name="CAST(days AS VARCHAR)", value="c.n / NULLIF(_all.n, 0)", n="c.n")} AS power_user_curve,
    ANY_VALUE(_all.often) AS power_users, ANY_VALUE(_all.mean) AS active_days, ANY_VALUE(_all.n) AS n
FROM _curve c, _all"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="product.power_users",
    title="Power users",
    why="A curve that rises at its right end is a product that some can't do without.",
    needs="a log of activity of an entity",
    gives=(
        Measure("power_user_curve", "Active on so many of the last 30 days, of those active at all", kind="steps"),
        Measure("power_users", "Active on half of the days or more"),
        Measure("active_days", "Days active of the last 30, on average", "days"),
    ),
    bind=logs_bound,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name FROM range(1, 5) t(i)",
            # Looked at: the last four days, 6 to 9.
            "login": """SELECT row_number() OVER () AS login_id, u AS user_id, TIMESTAMP '2024-01-01 08:00:00' + to_days(d) AS login_at
                FROM (VALUES (1, 6), (1, 7), (1, 8), (1, 9), (2, 9), (2, 9), (3, 5), (3, 6), (4, 2)) v(u, d)""",
        },
        params={"days": 4, "often": 2},
        values={
            "power_user_curve": [{"value": 2 / 3, "n": 2}, {"value": 0.0}, {"value": 0.0}, {"value": 1 / 3, "n": 1}],
            "power_users": 1 / 3,
            "active_days": 2.0,
        },
        ns={"power_users": 3},
    ),
)
