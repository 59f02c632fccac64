"""What a new customer costs, by channel and month, and what it brings: CAC and LTV:CAC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe, Skip
from datacruncher.checks.marketing._spend import balance, spends
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricSpec, day, listed


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding | Skip]:
    """Costs by channel and the entities that came by them."""
    for found in spends(catalog):
        yield Binding(
            found.costs,
            (found.channel, found.cost),
            related=found.entity,
            related_columns=(found.source,),
            given={"spend": found},
        )


def probe(binding: Binding, _params: Any) -> Probe:
    """Cost over the new of each channel, and of each month that both know; value is what the entities of a channel paid."""
    measure = f"""{balance(binding.given["spend"])}, _months AS (
    SELECT month, CAST(c.cost AS DOUBLE) AS cost, CAST(b.n AS BIGINT) AS n FROM (SELECT month, SUM(cost) AS cost FROM _spent GROUP BY 1) c
    JOIN (SELECT month, SUM(n) AS n FROM _new GROUP BY 1) b USING (month) WHERE month IS NOT NULL ORDER BY 1 DESC LIMIT {MOST}
)
SELECT SUM(cost) / NULLIF(SUM(n), 0) AS cac, CAST(SUM(n) AS BIGINT) AS n,
    {listed("cost / n, channel", name="channel", value="cost / n", n="n")} FILTER (WHERE n > 0) AS cac_by_channel,
    (SELECT {listed("month", at=day("month"), value="cost / n", n="n")} FROM _months WHERE n > 0) AS cac_per_month,
    SUM(value) / NULLIF(SUM(n), 0) AS ltv, SUM(value) / NULLIF(SUM(cost), 0) AS ltv_to_cac,
    {listed("value / cost DESC, channel", name="channel", value="value / cost", n="n")} FILTER (WHERE cost > 0 AND value IS NOT NULL)
        AS ltv_to_cac_by_channel
FROM _channels"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="marketing.acquisition",
    title="Acquisition",
    why="A customer who costs more than she brings is bought, not won.",
    needs="costs by channel, and entities whose channel is one of those",
    gives=(
        Measure("cac", "Cost of a new customer (CAC)", "currency"),
        Measure("cac_by_channel", "CAC by channel", "currency", "bars"),
        Measure("cac_per_month", "CAC per month", "currency", "series"),
        Measure("ltv", "What a customer has paid so far", "currency"),
        Measure("ltv_to_cac", "Paid so far over CAC (LTV:CAC)", "ratio"),
        Measure("ltv_to_cac_by_channel", "LTV:CAC by channel", "ratio", "bars"),
    ),
    bind=bind,
    probe=probe,
    example=MetricExample(
        tables={
            "ad_spend": """SELECT row_number() OVER () AS ad_spend_id, c AS channel, CAST(m AS DATE) AS spend_date, s AS cost
                FROM (VALUES ('ads', '2024-01-15', 60.0), ('ads', '2024-02-15', 90.0), ('mail', '2024-01-20', 20.0)) v(c, m, s)""",
            "customer": """SELECT row_number() OVER () AS customer_id, 'c' AS customer_name, c AS channel,
                CAST(t AS TIMESTAMP) AS created_at FROM (VALUES ('ads', '2024-01-05'), ('ads', '2024-01-25'), ('ads', '2024-02-25'),
                ('mail', '2024-01-09'),
                ('mail', '2024-02-02'), ('friend', '2024-02-03')) v(c, t)""",
            "purchase": """SELECT row_number() OVER () AS purchase_id, c AS customer_id, a AS amount, TIMESTAMP '2024-03-01' + to_days(c)
                AS purchased_at FROM (VALUES (1, 100.0), (2, 50.0), (4, 30.0), (4, 20.0), (6, 500.0)) v(c, a)""",
        },
        values={
            "cac": 170 / 5,
            "cac_by_channel": [{"name": "mail", "value": 10.0, "n": 2}, {"name": "ads", "value": 50.0, "n": 3}],
            "cac_per_month": [
                {"at": "2024-01-01", "value": 80 / 3, "n": 3},
                {"at": "2024-02-01", "value": 90 / 2, "n": 2},
            ],
            "ltv": 200 / 5,
            "ltv_to_cac": 200 / 170,
            "ltv_to_cac_by_channel": [{"name": "mail", "value": 2.5}, {"name": "ads", "value": 1.0}],
        },
        ns={"cac": 5},
    ),
)
