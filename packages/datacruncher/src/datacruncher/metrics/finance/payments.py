"""Payments against what was invoiced: paid, underpaid, overpaid, and by how much."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.finance import payment_mismatch
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec


class Params(payment_mismatch.Params, frozen=True, kw_only=True):
    """tolerance: as the check's."""

    minimum: int = 0


def probe(binding: Binding, params: Any) -> Probe:
    """Of the invoices that have a payment: shares and sums."""
    settled = (payment_mismatch.probe(binding, params).rows or "").rpartition("\nSELECT *\n")[0]
    over, under = f"difference > {params.tolerance}", f"difference < -{params.tolerance}"
    measure = f"""{settled}
SELECT AVG(CAST(ABS(difference) <= {params.tolerance} AS INTEGER)) AS payments_balanced,
    AVG(CAST({under} AS INTEGER)) AS underpaid, AVG(CAST({over} AS INTEGER)) AS overpaid,
    -COALESCE(SUM(difference) FILTER (WHERE {under}), 0) AS underpaid_amount,
    COALESCE(SUM(difference) FILTER (WHERE {over}), 0) AS overpaid_amount, COUNT(*) AS n
FROM settled"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="finance.payments",
    title="Payments",
    why="What was invoiced and not paid is no revenue yet.",
    needs="a table of payments with an amount that refers to a table with an amount",
    gives=(
        Measure("payments_balanced", "Invoices that were paid to the cent"),
        Measure("underpaid", "Invoices paid in part"),
        Measure("overpaid", "Invoices paid in excess"),
        Measure("underpaid_amount", "Missing in all", "currency"),
        Measure("overpaid_amount", "In excess in all", "currency"),
    ),
    bind=payment_mismatch.bind,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "invoice": """SELECT i AS invoice_id, 100.0 AS amount, TIMESTAMP '2024-01-01' + to_days(i) AS invoiced_at
                FROM (VALUES (1), (2), (3), (4), (5)) v(i)""",
            "payment": """SELECT row_number() OVER () AS payment_id, i AS invoice_id, a AS amount,
                TIMESTAMP '2024-02-01' + to_days(i) AS paid_at
                FROM (VALUES (1, 60.0), (1, 40.0), (2, 100.0), (3, 70.0), (4, 125.0)) v(i, a)""",
        },
        # 1 and 2 are paid, 3 lacks 30, 4 has 25 too much, 5 has no payment yet.
        values={
            "payments_balanced": 0.5,
            "underpaid": 0.25,
            "overpaid": 0.25,
            "underpaid_amount": 30.0,
            "overpaid_amount": 25.0,
        },
        ns={"payments_balanced": 4},
    ),
)
