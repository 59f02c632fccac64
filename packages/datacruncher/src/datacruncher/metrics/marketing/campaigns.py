"""Campaigns with spend and no result, and results outside a campaign's dates."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.marketing._campaigns import bind, outcome
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec


def probe(binding: Binding, _params: Any) -> Probe:
    """Over the campaigns, and over what refers to them."""
    measure = f"""{outcome(binding)}
SELECT AVG(CAST(results = 0 AS INTEGER)) FILTER (WHERE spends) AS idle_campaigns, COUNT(*) FILTER (WHERE spends) AS campaigns,
    SUM(outside) / NULLIF(SUM(results), 0) AS results_outside_dates, CAST(SUM(results) AS BIGINT) AS n
FROM _campaigns"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="marketing.campaigns",
    title="Campaigns",
    why="Spend without a result is lost, and a result outside the dates belongs to something else.",
    needs="a table of campaigns that results refer to",
    gives=(
        Measure("idle_campaigns", "Campaigns without any result", n="campaigns"),
        Measure("results_outside_dates", "Results before the start or after the end of their campaign"),
    ),
    bind=bind,
    probe=probe,
    example=MetricExample(
        tables={
            "campaign": """SELECT i AS campaign_id, 'k' || i AS name, 100.0 * b AS budget,
                TIMESTAMP '2024-01-01' + to_days(i * 10) AS start_at,
                TIMESTAMP '2024-01-11' + to_days(i * 10) AS end_at FROM (VALUES (1, 1), (2, 1), (3, 1), (4, 0)) v(i, b)""",
            # Campaign 1 runs from day 10 to 20, 2 from 20 to 30, 3 from 30 to 40.
            "purchase": """SELECT row_number() OVER () AS purchase_id, k AS campaign_id, 10.0 AS amount,
                TIMESTAMP '2024-01-01' + to_days(d) AS purchased_at
                FROM (VALUES (1, 12), (1, 15), (1, 20), (1, 25), (2, 19), (2, 22), (2, 23), (2, 30)) v(k, d)""",
        },
        values={
            "idle_campaigns": 1 / 3,  # the third; the fourth spends nothing
            "results_outside_dates": 2 / 8,  # day 25 of the first, day 19 of the second
        },
        ns={"idle_campaigns": 3, "results_outside_dates": 8},
    ),
)
