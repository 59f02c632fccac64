"""What spend brings back: ROAS, by channel or campaign."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.marketing import unprofitable_channel
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricSpec, listed


class Params(unprofitable_channel.Params, frozen=True, kw_only=True):
    """ratio: as the check's."""

    minimum: int = 0


def probe(binding: Binding, params: Any) -> Probe:
    """Value over cost, in all and of each channel."""
    balance = (unprofitable_channel.probe(binding, params).measure or "").rpartition("\nSELECT COUNT(*) FILTER")[0]
    measure = f"""{balance}, _shown AS (
    SELECT CAST(channel AS VARCHAR) AS name, ratio, CAST(cost AS DOUBLE) AS cost, CAST(value AS DOUBLE) AS value FROM balance
    ORDER BY cost DESC LIMIT {MOST}
)
SELECT (SELECT CAST(SUM(value) AS DOUBLE) / SUM(cost) FROM balance) AS roas, (SELECT COUNT(*) FROM balance) AS n,
    (SELECT CAST(SUM(cost) AS DOUBLE) FROM balance) AS spend,
    {listed("ratio DESC, name", name="name", value="CAST(ratio AS DOUBLE)", n="1", cost="cost", brought="value")} AS roas_by_channel
FROM _shown"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="marketing.return_on_spend",
    title="Return on spend",
    why="Below 1 a channel costs more than it brings.",
    needs="costs by channel or campaign, and an amount by the same",
    gives=(
        Measure("roas", "Value over cost (ROAS)", "ratio"),
        Measure("roas_by_channel", "ROAS by channel", "ratio", "bars"),
        Measure("spend", "Spent in all", "currency"),
    ),
    bind=unprofitable_channel.bind,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "campaign_day": """SELECT row_number() OVER () AS campaign_day_id, c AS channel, s AS cost, r AS revenue,
                DATE '2024-01-01' + CAST(d AS INTEGER) AS event_date
                FROM (VALUES ('ads', 10.0, 30.0, 1), ('ads', 30.0, 10.0, 2), ('mail', 5.0, 20.0, 1), ('fair', 50.0, 5.0, 3)) v(c, s,
                r, d)"""
        },
        values={
            "roas": 65 / 95,
            "spend": 95.0,
            "roas_by_channel": [
                {"name": "mail", "value": 4.0},
                {"name": "ads", "value": 1.0},
                {"name": "fair", "value": 0.1},
            ],
        },
        ns={"roas": 3},
    ),
)
