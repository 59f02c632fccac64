"""Charges that repeat another of the same payer, amount and day."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Values
from datacruncher.checks.finance import double_charge
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec


class Params(double_charge.Params, frozen=True, kw_only=True):
    """window_days: as the check's."""

    minimum: int = 0


def work(values: Values, _params: Any) -> Values:
    """The share of the charges, and what they sum up to."""
    total = values["rows_total"]
    share = values["rows_affected"] / total if total else None
    return {"double_charges": share, "double_charged_amount": float(values["amount"]), "n": total}


SPEC = MetricSpec(
    id="finance.double_charges",
    title="Double charges",
    why="Each is a refund, and some are a lost customer.",
    needs="charges with an amount, a time and a key to whoever pays",
    gives=(
        Measure("double_charges", "Charges that repeat another within a day"),
        Measure("double_charged_amount", "Charged twice, in all", "currency"),
    ),
    bind=double_charge.bind,
    probe=double_charge.probe,
    work=work,
    params=Params,
    example=MetricExample(
        tables={
            "customer": "SELECT i AS customer_id, 'c' || i AS customer_name FROM range(1, 4) t(i)",
            "payment": """SELECT row_number() OVER () AS payment_id, c AS customer_id, TIMESTAMP '2024-01-01' + to_hours(h) AS paid_at,
                a AS amount FROM (VALUES (1, 0, 9.5), (1, 5, 9.5), (1, 40, 9.5), (2, 1, 9.5), (2, 2, 8.0), (3, 0, 4.0), (3, 23, 4.0),
                (3, 45, 4.0)) v(c, h, a)""",
        },
        # Customer 1 pays 9.50 again after 5 hours (after 40 is another day); customer 3 pays 4 again after 23 and after 22 hours.
        values={"double_charges": 3 / 8, "double_charged_amount": 17.5},
        ns={"double_charges": 8},
    ),
)
