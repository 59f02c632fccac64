"""First digits of amounts that do not follow Benford's law."""

from __future__ import annotations

import math
from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.finance._money import main_flows

BENFORD = [math.log10(1 + 1 / digit) for digit in range(1, 10)]


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: amounts. span: least ratio of the 99th to the 1st percentile."""

    minimum: int = 1000
    span: float = 100.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Amounts over at least two orders of magnitude."""
    for binding in main_flows(catalog):
        low, high = (binding.column.facts.quantiles.get(name) for name in ("p01", "p99"))
        if low is not None and high is not None and low > 0 and high / low >= params.span:
            yield binding
        else:
            yield Skip("amounts span less than two orders of magnitude", binding.place)


def probe(binding: Binding, params: Params) -> Probe:
    """The shares of the nine first digits."""
    money = binding.column
    digit = f"CAST(FLOOR(ABS({money.sql}) / POW(10, FLOOR(LOG10(ABS({money.sql}))))) AS INTEGER)"
    shares = ", ".join(f"COUNT(*) FILTER (WHERE digit = {d}) / COUNT(*) AS d{d}" for d in range(1, 10))
    deviation = " + ".join(
        f"ABS(COUNT(*) FILTER (WHERE digit = {d}) / COUNT(*) - {expected:.6f})" for d, expected in enumerate(BENFORD, 1)
    )
    measure = f"""WITH digits AS (
    SELECT LEAST(GREATEST({digit}, 1), 9) AS digit FROM {binding.table.sql} WHERE {money.sql} <> 0
)
SELECT COUNT(*) AS rows_total, ({deviation}) / 9 AS observed, {shares}
FROM digits"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict:
    """Mean absolute deviation against Nigrini's bound."""
    digits = [found.values[f"d{digit}"] for digit in range(1, 10)]
    mad = float(found.observed or 0.0)
    return Verdict(size=mad, expected={"max": 0.015}, unit="statistic", details={"mad": mad, "digits": digits})


_ROWS = (
    "SELECT i AS payment_id, TIMESTAMP '2024-01-01' + to_hours(i) AS paid_at, {amount} AS amount FROM range(2000) t(i)"
)

SPEC = CheckSpec(
    id="finance.benford_violation",
    defect="benford_violation",
    category="realism",
    title="First digits do not follow Benford's law",
    why="Invented amounts show in their first digits.",
    needs="amounts over two orders of magnitude, at least 1,000",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(low=0.015, source="Nigrini 2012: a mean absolute deviation above 0.015 does not conform"),
    message="First digits of {table}.{column} deviate from Benford's law by {observed:.3f} on average (n = {total})",
    recommendation="Look for amounts that people or limits set; in generated data, widen the distribution's sigma.",
    example=Example(
        clean={"payment": _ROWS.format(amount="ROUND(POW(10, (i % 1000) * 4 / 1000.0), 2)")},
        damaged={"payment": _ROWS.format(amount="ROUND((i % 5 + 5) * POW(10, i % 4) + i % 7, 2)")},
        finds=None,
        at="payment.amount",
    ),
)
