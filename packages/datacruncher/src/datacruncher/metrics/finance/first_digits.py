"""First digits of amounts against Benford's law."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Values
from datacruncher.checks.finance import benford_violation
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec


class Params(benford_violation.Params, frozen=True, kw_only=True):
    """minimum: fewer amounts say nothing of the law. span: as the check's."""


def work(values: Values, _params: Any) -> Values:
    """The mean absolute deviation, and the share of each digit."""
    n = values["rows_total"]
    shares = [{"name": str(digit), "value": values[f"d{digit}"], "n": n} for digit in range(1, 10)]
    return {"benford_deviation": values["observed"], "first_digits": shares if n else None, "n": n}


SPEC = MetricSpec(
    id="finance.first_digits",
    title="First digits",
    why="Amounts that grew have few first digits of nine; amounts that were made up often have.",
    needs="amounts over at least two orders of magnitude",
    gives=(
        Measure("benford_deviation", "Mean deviation of the first digits from Benford's law", "statistic"),
        Measure("first_digits", "First digits of the amounts", kind="steps"),
    ),
    bind=benford_violation.bind,
    probe=benford_violation.probe,
    work=work,
    params=Params,
    example=MetricExample(
        tables={
            "payment": """SELECT row_number() OVER () AS payment_id, TIMESTAMP '2024-01-01' + to_days(i) AS paid_at, a AS amount
                FROM (VALUES (1, 1.0), (2, 12.0), (3, 130.0), (4, 1400.0), (5, 2.5), (6, 25.0), (7, 3.0), (8, 410.0), (9, 50.0),
                (10, 900.0)) v(i, a)"""
        },
        params={"minimum": 1, "span": 10.0},
        values={
            "first_digits": [{"value": share} for share in (0.4, 0.2, 0.1, 0.1, 0.1, 0.0, 0.0, 0.0, 0.1)],
            # The distances to 0.301030, 0.176091, 0.124939, 0.096910, 0.079181, 0.066947, 0.057992, 0.051153 and 0.045757, over 9.
            "benford_deviation": (
                (0.098970 + 0.023909 + 0.024939 + 0.003090 + 0.020819 + 0.066947 + 0.057992 + 0.051153 + 0.054243) / 9
            ),
        },
        ns={"benford_deviation": 10},
    ),
)
