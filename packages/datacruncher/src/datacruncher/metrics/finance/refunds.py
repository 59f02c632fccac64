"""Refunds: how many, how much, above what was paid, and before it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.finance._refunds import bind as refund_tables
from datacruncher.checks.finance._refunds import refunded
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """Tables of refunds that refer to what was paid."""
    yield from refund_tables(catalog)


def probe(binding: Binding, _params: Any) -> Probe:
    """Against the payments: each refunded payment once."""
    paid = binding.related_columns[0]
    assert binding.related is not None  # noqa: S101 - bind gives one
    measure = f"""{refunded(binding)}, _all AS (
    SELECT COUNT(*) AS n, CAST(SUM({paid.of("p")}) AS DOUBLE) AS amount FROM {binding.related.sql} p WHERE {paid.of("p")} > 0
)
SELECT COUNT(*) / NULLIF(ANY_VALUE(a.n), 0) AS refund_rate, SUM(refund) / NULLIF(ANY_VALUE(a.amount), 0) AS refunded_share,
    AVG(CAST(refund > paid + 0.01 AS INTEGER)) AS refunds_above_payment,
    AVG(CAST(refunded_at < paid_at AS INTEGER)) AS refunds_before_payment, ANY_VALUE(a.n) AS payments, COUNT(*) AS refunds
FROM _refunded, _all a"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="finance.refunds",
    title="Refunds",
    why="Money that goes back, and should not go back more than it came.",
    needs="a table of refunds with an amount that refers to what was paid",
    gives=(
        Measure("refund_rate", "Payments that were refunded", n="payments"),
        Measure("refunded_share", "Share of the money that was refunded", n="payments"),
        Measure("refunds_above_payment", "Refunded payments that got back more than was paid", n="refunds"),
        Measure("refunds_before_payment", "Refunded payments that got money back before it was paid", n="refunds"),
    ),
    bind=bind,
    probe=probe,
    example=MetricExample(
        tables={
            "payment": """SELECT i AS payment_id, 20.0 AS amount, TIMESTAMP '2024-01-01' + to_days(CAST(i AS INTEGER)) AS paid_at
                FROM range(1, 11) t(i)""",
            "refund": """SELECT row_number() OVER () AS refund_id, p AS payment_id, a AS amount,
                TIMESTAMP '2024-01-01' + to_days(d) AS refunded_at
                FROM (VALUES (2, 15.0, 9), (2, 10.0, 12), (4, 20.0, 6), (5, 5.0, 3), (7, 5.0, 9)) v(p, a, d)""",
        },
        # Four of ten payments; 55 of 200; payment 2 got 25 back for 20; payment 5 was refunded on day 3 and paid on day 5.
        values={
            "refund_rate": 0.4,
            "refunded_share": 55 / 200,
            "refunds_above_payment": 0.25,
            "refunds_before_payment": 0.25,
        },
        ns={"refund_rate": 10, "refunds_above_payment": 4},
    ),
)
