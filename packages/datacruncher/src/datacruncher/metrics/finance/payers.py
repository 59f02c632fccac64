"""What payers bring: revenue per payer, how much of it stays, and how much hangs on few."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.journeys import moment
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricSpec, day, listed
from datacruncher.metrics.finance._paid import paid_bound, payer_of


def probe(binding: Binding, _params: Any) -> Probe:
    """Payers by month: what those of one month pay in the next one, and the share of the top hundredth of all payers.

    Gross retention counts no more than a payer paid the month before, net retention all that it pays now. The last month may
    be cut, and no month is held against it.
    """
    at, money = moment(binding.uses["at"], "e"), binding.column
    measure = f"""WITH _paid AS (
    SELECT {payer_of(binding)} AS payer, DATE_TRUNC('month', {at}) AS month, CAST(SUM({money.of("e")}) AS DOUBLE) AS revenue
    FROM {binding.table.sql} e
    WHERE {binding.key.present("e") if binding.key else "TRUE"} AND {money.of("e")} IS NOT NULL
      AND {binding.uses["at"].of("e")} IS NOT NULL
    GROUP BY 1, 2
), _last AS (
    SELECT MAX(month) AS last FROM _paid
), _kept AS (
    SELECT SUM(a.revenue) AS before, SUM(LEAST(GREATEST(COALESCE(b.revenue, 0), 0), a.revenue)) AS gross,
           SUM(COALESCE(b.revenue, 0)) AS net, COUNT(*) AS n
    FROM _paid a JOIN _last ON a.month < _last.last - INTERVAL 1 MONTH
    LEFT JOIN _paid b ON b.payer = a.payer AND b.month = a.month + INTERVAL 1 MONTH
    WHERE a.revenue > 0
), _months AS (
    SELECT month, SUM(revenue) / COUNT(*) AS arpu, COUNT(*) AS n FROM _paid GROUP BY 1 ORDER BY 1 DESC LIMIT {MOST}
), _payers AS (
    SELECT SUM(revenue) AS revenue, row_number() OVER (ORDER BY SUM(revenue) DESC) AS place, COUNT(*) OVER () AS n
    FROM _paid GROUP BY payer HAVING SUM(revenue) > 0
)
SELECT (SELECT SUM(revenue) / COUNT(*) FROM _paid) AS arpu,
    (SELECT {listed("month", at=day("month"), value="arpu", n="n")} FROM _months) AS arpu_per_month,
    (SELECT SUM(revenue) / NULLIF(COUNT(*), 0) FROM _payers) AS revenue_per_payer,
    (SELECT gross / NULLIF(before, 0) FROM _kept) AS gross_revenue_retention,
    (SELECT net / NULLIF(before, 0) FROM _kept) AS net_revenue_retention,
    (SELECT SUM(revenue) FILTER (WHERE place <= CEIL(n / 100.0)) / NULLIF(SUM(revenue), 0) FROM _payers) AS concentration_top1,
    (SELECT COUNT(*) FROM _payers) AS payers, (SELECT n FROM _kept) AS kept, (SELECT COUNT(*) FROM _paid) AS payer_months"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="finance.payers",
    title="Payers",
    why="Revenue that comes from few, or has to be won anew each month, is worth less.",
    needs="a table with an amount, a time and a key to whoever pays",
    gives=(
        Measure("payers", "Paying entities", "entities", n="payers"),
        Measure("arpu", "Revenue per paying entity and month (ARPU)", "currency", n="payer_months"),
        Measure("arpu_per_month", "ARPU per month", "currency", "series", n="payer_months"),
        Measure("revenue_per_payer", "Revenue per paying entity, in all", "currency", n="payers"),
        Measure("gross_revenue_retention", "Revenue kept from one month to the next, gross", n="kept"),
        Measure("net_revenue_retention", "Revenue kept from one month to the next, net", n="kept"),
        Measure("concentration_top1", "Share of revenue of the top 1% of payers", n="payers"),
    ),
    bind=paid_bound,
    probe=probe,
    example=MetricExample(
        tables={
            "customer": "SELECT i AS customer_id, 'c' || i AS customer_name FROM range(1, 5) t(i)",
            # January: 1 pays 10, 2 pays 20, 3 pays 10. February: 1 pays 15, 2 pays 8. March: 1 pays 5, 4 pays 30. April: 4 pays 2.
            "payment": """SELECT row_number() OVER () AS payment_id, c AS customer_id, CAST(t AS TIMESTAMP) AS paid_at, a AS amount
                FROM (VALUES (1, '2024-01-03', 10.0), (2, '2024-01-05', 12.0), (2, '2024-01-09', 8.0), (3, '2024-01-30', 10.0),
                (1, '2024-02-02', 15.0), (2, '2024-02-03', 8.0), (1, '2024-03-01', 5.0), (4, '2024-03-02', 30.0), (4, '2024-04-01', 2.0))
                v(c, t, a)""",
        },
        values={
            "payers": 4,
            "arpu": 100.0 / 8,  # 100 by eight payers of a month
            "revenue_per_payer": 25.0,
            "arpu_per_month": [{"at": "2024-01-01", "value": 40 / 3}, {"value": 11.5}, {"value": 17.5}, {"value": 2.0}],
            # January and February, 40 + 23; of it come back 10 + 8 + 5, with what was added 15 + 8 + 5.
            "gross_revenue_retention": 23 / 63,
            "net_revenue_retention": 28 / 63,
            "concentration_top1": 0.32,  # the greatest of four pays 32
        },
        ns={"gross_revenue_retention": 5, "concentration_top1": 4},
    ),
)
