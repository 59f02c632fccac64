"""Prices of one product: how many differ from its own median, and how many products have two at one time."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.finance.price_inconsistent import bind
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec


def probe(binding: Binding, _params: Any) -> Probe:
    """Each line against the median of its product; prices of a product on a day that has several lines of it."""
    assert binding.key is not None  # noqa: S101 - bind gives one
    join, on = binding.given["day"]
    names = [column.of("e") for column in binding.given["product"]]
    product = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
    price = binding.column.of("e")
    measure = f"""WITH _lines AS (
    SELECT {product} AS product, CAST({price} AS DOUBLE) AS price, {on} AS sold_on FROM {binding.table.sql} e {join}
    WHERE {binding.key.present("e")} AND {price} IS NOT NULL
), _products AS (
    SELECT product, median(price) AS middle FROM _lines GROUP BY 1
), _days AS (
    SELECT COUNT(DISTINCT price) AS prices FROM _lines GROUP BY product, sold_on HAVING COUNT(*) > 1
)
SELECT (SELECT AVG(CAST(ABS(l.price - p.middle) > 0.005 * ABS(p.middle) AS INTEGER)) FROM _lines l JOIN _products p USING (product))
    AS off_median_prices, (SELECT AVG(CAST(prices > 1 AS INTEGER)) FROM _days) AS several_prices_at_one_time,
    (SELECT COUNT(*) FROM _lines) AS n, (SELECT COUNT(*) FROM _days) AS days"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="finance.prices",
    title="Prices",
    why="Several prices of one thing at one time are discounts or errors.",
    needs="lines with a price and a key to a product",
    gives=(
        Measure("off_median_prices", "Lines whose price is not the median of their product"),
        Measure(
            "several_prices_at_one_time",
            "Products with several prices on one day, of those sold more than once",
            n="days",
        ),
    ),
    bind=bind,
    probe=probe,
    example=MetricExample(
        tables={
            "product": "SELECT i AS product_id, 'p' || i AS name, 10.0 * i AS price FROM range(1, 4) t(i)",
            "sale": """SELECT row_number() OVER () AS sale_id, p AS product_id, TIMESTAMP '2024-01-01 10:00:00' + to_days(d) AS sold_at,
                u AS unit_price FROM (VALUES (1, 0, 10.0), (1, 0, 10.0), (1, 0, 12.0), (1, 1, 10.0), (2, 0, 20.0), (2, 0, 20.0),
                (3, 0, 30.0), (3, 1, 30.0), (3, 2, 25.0)) v(p, d, u)""",
        },
        # Off: the 12 and the 25. Sold more than once on a day: product 1 (two prices) and product 2 (one price).
        values={"off_median_prices": 2 / 9, "several_prices_at_one_time": 0.5},
        ns={"off_median_prices": 9, "several_prices_at_one_time": 2},
    ),
)
