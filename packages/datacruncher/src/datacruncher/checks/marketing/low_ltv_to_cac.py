"""Customers of a channel bring less than three times what they cost."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.marketing._spend import Spend, balance, spends


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: new customers of the channels that cost. ratio: LTV over CAC that is sound. years: what a customer paid so far
    counts as lifetime value only over at least so many years."""

    ratio: float = 3.0
    years: float = 1.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Costs by channel, entities by channel, and what these paid."""
    for found in spends(catalog):
        if found.paid is None:
            yield Skip(f"nothing says what {found.entity.name} paid", None)
        else:
            yield Binding(
                found.entity,
                (found.source,),
                related=found.costs,
                related_columns=(found.cost,),
                given={"spend": found},
            )


def probe(binding: Binding, params: Params) -> Probe:
    """Paid so far over cost, in all; the worst channel."""
    spend: Spend = binding.given["spend"]
    measure = f"""{balance(spend)}
SELECT SUM(value) / NULLIF(SUM(cost), 0) AS observed, CAST(SUM(n) AS BIGINT) AS rows_total, arg_min(channel, value / cost) AS channel,
    MIN(value / cost) AS least, SUM(cost) / NULLIF(SUM(n), 0) AS cac, {_years(spend)} AS years
FROM _channels WHERE cost > 0 AND value IS NOT NULL"""
    return Probe(measure=measure)


def _years(spend: Spend) -> str:
    created = spend.entity.created
    if created is None:
        return "CAST(NULL AS DOUBLE)"
    return f"(SELECT date_diff('day', MIN({created.sql}), MAX({created.sql})) / 365.0 FROM {spend.entity.sql})"


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The ratio over all channels."""
    if found.observed is None or (found.values["years"] or 0.0) < params.years:
        return Skip(
            f"customers are known for less than {params.years:g} years: what they paid so far is no lifetime value"
        )
    ratio = float(found.observed)
    details = {"channel": found.values["channel"], "ratio": ratio}
    return Verdict(
        size=params.ratio - ratio,
        expected={"min": params.ratio},
        unit="ratio",
        details=details,
        words={"ratio": params.ratio},
    )


_SPEND = """SELECT i AS ad_spend_id, ['ads', 'mail'][i % 2 + 1] AS channel,
                TIMESTAMP '2023-01-01' + to_days(CAST(i * 10 AS INTEGER)) AS spend_date,
    {cost} AS cost FROM range(80) t(i)"""
_CUSTOMERS = """SELECT i AS customer_id, 'c' || i AS customer_name, ['ads', 'mail'][i % 2 + 1] AS channel,
    TIMESTAMP '2023-01-01' + to_days(CAST(i * 4 AS INTEGER)) AS created_at FROM range(200) t(i)"""
_SALES = """SELECT i AS sale_id, i % 200 AS customer_id, 20.0 AS amount,
                TIMESTAMP '2025-04-01' + to_hours(i) AS sold_at FROM range(600) t(i)"""

SPEC = CheckSpec(
    id="marketing.low_ltv_to_cac",
    defect="unprofitable_channel",
    category="business_logic",
    title="Customers bring too little for what they cost",
    why="Below three, what is left after service and time does not pay for winning them.",
    needs="costs by channel, entities whose channel is one of those, and what these paid",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="persona-metrics: LTV:CAC below 3 (Skok)"),
    message="LTV:CAC is {observed:.1f} (sound: {ratio:g}): a {table} costs {cac:,.2f}; the worst channel, {channel}, brings"
    " {least:.1f} times its cost (n = {total})",
    recommendation="Move spend away from {channel}, or raise what a customer pays.",
    details=("least", "cac"),
    example=Example(
        clean={"ad_spend": _SPEND.format(cost="20.0"), "customer": _CUSTOMERS, "sale": _SALES},
        damaged={"ad_spend": _SPEND.format(cost="100.0")},
        finds=None,
        at="customer.channel",
    ),
)
