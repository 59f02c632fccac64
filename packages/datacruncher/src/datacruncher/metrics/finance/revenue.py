"""Revenue per month and its trend."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe, Values
from datacruncher.checks.finance._money import main_flows
from datacruncher.checks.journeys import moment
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricSpec, day, listed, trend


def probe(binding: Binding, _params: Any) -> Probe:
    """The sum of each month, the months without any included."""
    at, money = moment(binding.uses["at"], "e"), binding.column
    measure = f"""WITH _sums AS (
    SELECT DATE_TRUNC('month', {at}) AS month, CAST(SUM({money.of("e")}) AS DOUBLE) AS revenue, COUNT(*) AS n
    FROM {binding.table.sql} e
    WHERE {binding.uses["at"].of("e")} IS NOT NULL AND {money.of("e")} IS NOT NULL GROUP BY 1
), _months AS (
    SELECT CAST(m.month AS TIMESTAMP) AS month, COALESCE(s.revenue, 0) AS revenue, COALESCE(s.n, 0) AS n
    FROM (SELECT MIN(month) AS first, MAX(month) AS last FROM _sums) ends,
        generate_series(ends.first, ends.last, INTERVAL 1 MONTH) m(month) LEFT JOIN _sums s ON s.month = m.month
)
SELECT {listed("month", at=day("month"), value="revenue", n="n")} AS revenue_per_month, SUM(revenue) AS revenue,
    SUM(n) AS n, COUNT(*) AS months
FROM _months"""
    return Probe(measure=measure)


def work(values: Values, _params: Any) -> Values:
    """With the median of the whole months and the trend over them: the first and the last month may be cut."""
    months = values["revenue_per_month"] or []
    whole = sorted(month["value"] for month in months[1:-1])
    line = trend([month["value"] for month in months[1:-1]])
    found = {**values, "revenue_per_month": months[-MOST:], "whole": len(whole)}
    if whole:
        found["revenue_in_a_usual_month"] = (whole[(len(whole) - 1) // 2] + whole[len(whole) // 2]) / 2
    if line is not None:
        found |= {"revenue_trend": line.slope, "revenue_trend_low": line.low, "revenue_trend_high": line.high}
    return found


_ROWS = (
    ("2024-01-20", 5.0), ("2024-02-01", 10.0), ("2024-02-20", 10.0), ("2024-03-05", 40.0), ("2024-04-01", 30.0),
    ("2024-04-30", 10.0), ("2024-05-09", 50.0), ("2024-05-10", 10.0), ("2024-06-02", 7.0),
)  # fmt: skip

SPEC = MetricSpec(
    id="finance.revenue",
    title="Revenue",
    why="What comes in, and where that is going.",
    needs="a table with an amount and a time",
    gives=(
        Measure("revenue", "Revenue in all", "currency"),
        Measure("revenue_per_month", "Revenue per month", "currency", "series"),
        Measure("revenue_in_a_usual_month", "Revenue in a usual month (median)", "currency", n="whole"),
        Measure("revenue_trend", "Trend of revenue, per month", n="whole"),
        Measure("revenue_trend_low", "Trend of revenue, lower end of its interval", n="whole"),
        Measure("revenue_trend_high", "Trend of revenue, upper end of its interval", n="whole"),
    ),
    bind=lambda catalog, _params: main_flows(catalog),
    probe=probe,
    work=work,
    example=MetricExample(
        tables={
            "payment": "SELECT row_number() OVER () AS payment_id, CAST(t AS TIMESTAMP) AS paid_at, a AS amount FROM (VALUES "
            + ", ".join(f"('{day}', {amount})" for day, amount in _ROWS)
            + ") v(t, a)"
        },
        values={
            "revenue": 172.0,
            "revenue_per_month": [
                {"at": "2024-01-01", "value": 5.0, "n": 1},
                {"at": "2024-02-01", "value": 20.0, "n": 2},
                {"at": "2024-03-01", "value": 40.0, "n": 1},
                {"at": "2024-04-01", "value": 40.0, "n": 2},
                {"at": "2024-05-01", "value": 60.0, "n": 2},
                {"at": "2024-06-01", "value": 7.0, "n": 1},
            ],
            "revenue_in_a_usual_month": 40.0,  # of 20, 40, 40 and 60
            "revenue_trend": 12 / 40,  # (-1.5·20 - 0.5·40 + 0.5·40 + 1.5·60) / 5 = 12 a month, of 40
        },
        ns={"revenue": 9, "revenue_trend": 4},
    ),
)
