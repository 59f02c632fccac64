"""Amounts spread evenly between two bounds, where life is skewed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: values. distinct: different values that a measured amount has."""

    minimum: int = 1000
    distinct: int = 100


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Amounts, prices, costs and durations with many different values."""
    for table in catalog:
        for column in table.having("amount", "price", "cost", "duration", "balance"):
            if column.is_number and not column.is_key and column.facts.distinct >= params.distinct:
                yield Binding(table, (column,), confidence=max(column.roles.values()))


def probe(binding: Binding, params: Params) -> Probe:
    """The Kolmogorov-Smirnov distance to the uniform distribution between the least and the greatest value."""
    column = binding.column
    measure = f"""WITH vals AS (
    SELECT CAST({column.sql} AS DOUBLE) AS v FROM {binding.table.sql} WHERE {column.sql} IS NOT NULL
), ends AS (
    SELECT MIN(v) AS lowest, MAX(v) AS highest, COUNT(*) AS n FROM vals
), counted AS (
    SELECT v, COUNT(*) AS k FROM vals GROUP BY v
), steps AS (
    SELECT v, SUM(k) OVER (ORDER BY v) AS upto, k FROM counted
)
SELECT n AS rows_total, lowest AS min, highest AS max,
    MAX(GREATEST(ABS(upto / n - (v - lowest) / NULLIF(highest - lowest, 0)),
                 ABS((upto - k) / n - (v - lowest) / NULLIF(highest - lowest, 0)))) AS observed
FROM steps, ends GROUP BY ALL"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Closer to uniform than a sample of that size would tell apart (1% point of Kolmogorov's law: 1.63 / √n)."""
    if found.observed is None or not found.rows_total:
        return Skip("all values are equal")
    bound = 1.63 / math.sqrt(found.rows_total)
    distance = float(found.observed)
    details = {"statistic": distance, "bound": bound}
    return Verdict(size=bound - distance, expected={"min": bound}, unit="statistic", details=details)


_ROWS = """SELECT i AS payment_id, TIMESTAMP '2024-01-01' + to_hours(i) AS paid_at, {amount} AS amount
FROM range(2000) t(i)"""

SPEC = CheckSpec(
    id="realism.uniform_distribution",
    defect="uniform_distribution",
    category="realism",
    title="Spread evenly where life is skewed",
    why="Real amounts have many small and few large values; an even spread was drawn, not observed.",
    needs="an amount, price, cost or duration with at least 1,000 values",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    metric="distance_to_uniform",
    severity=Steps(low=0.0, source="Kolmogorov-Smirnov at 1%: nearer to uniform than chance explains"),
    message="{table}.{column} is spread evenly from {min:,.2f} to {max:,.2f} (distance to uniform {observed:.4f}, n = {total})",
    recommendation="In generated data, use lognormal or gamma in place of uniform.",
    details=("min", "max"),
    example=Example(
        clean={"payment": _ROWS.format(amount="ROUND(exp(i / 400.0), 2)")},
        damaged={"payment": _ROWS.format(amount="10 + i * 0.25")},
        finds=None,
        at="payment.amount",
    ),
)
