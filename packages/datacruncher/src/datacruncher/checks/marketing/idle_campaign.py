"""Campaigns with spend and no result."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict
from datacruncher.checks.marketing._campaigns import bind as campaigns
from datacruncher.checks.marketing._campaigns import outcome


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: campaigns with spend. results: results of the others, on average, that make none at all telling."""

    minimum: int = 3
    results: float = 10.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Campaigns with a cost that results refer to."""
    for found in campaigns(catalog, params):
        if "cost" in found.uses:
            yield found


def probe(binding: Binding, params: Params) -> Probe:
    """Campaigns that spend and that no result refers to."""
    measure = f"""{outcome(binding)}
SELECT COUNT(*) FILTER (WHERE spends AND results = 0) AS rows_affected, COUNT(*) FILTER (WHERE spends) AS rows_total,
    COALESCE(AVG(results) FILTER (WHERE spends AND results > 0), 0) AS usual
FROM _campaigns"""
    return Probe(measure=measure, rows=f"{outcome(binding)}\nSELECT *\nFROM _campaigns\nWHERE spends AND results = 0")


def judge(found: Found, params: Params) -> Verdict:
    """By the share of campaigns, where the others have results enough."""
    telling = float(found.values["usual"] or 0.0) >= params.results
    return Verdict(size=found.share if telling else 0.0, details={"cost": None, "value": 0.0, "ratio": 0.0})


_CAMPAIGNS = """SELECT i AS campaign_id, 'k' || i AS name, 100.0 + i AS budget, TIMESTAMP '2024-01-01' AS start_at,
    TIMESTAMP '2024-12-31' AS end_at FROM range(10) t(i)"""
_SALES = """SELECT i AS sale_id, i % {n} AS campaign_id, 10.0 AS amount, TIMESTAMP '2024-02-01' + to_hours(i) AS sold_at
FROM range(400) t(i)"""

SPEC = CheckSpec(
    id="marketing.idle_campaign",
    defect="unprofitable_channel",
    category="business_logic",
    title="Campaigns without a result",
    why="Spend that nothing came of, or results that were not recorded.",
    needs="a table of campaigns with a cost that results refer to",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="persona-metrics: campaigns with spend and no result"),
    message="Idle campaigns: {rows} of {total} in {table} spend and have no {related_table}, the others have {usual:,.0f} on average",
    recommendation="See whether their results are recorded elsewhere; stop those that have none.",
    details=("usual",),
    example=Example(
        clean={"campaign": _CAMPAIGNS, "sale": _SALES.format(n=10)},
        damaged={"sale": _SALES.format(n=7)},
        finds=3,
        at="campaign.campaign_id",
    ),
)
