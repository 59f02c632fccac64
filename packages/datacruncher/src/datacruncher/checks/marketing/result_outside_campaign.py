"""Results before the start or after the end of the campaign that they are credited to."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.marketing._campaigns import bind as campaigns
from datacruncher.checks.marketing._campaigns import outcome


class Params(base.Params, frozen=True, kw_only=True):
    """inside: the share of the results that must lie inside for the dates to be a rule."""

    inside: float = 0.8


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Campaigns with a start and an end, and results with a time."""
    for found in campaigns(catalog, params):
        if {"start", "end", "happened"} <= found.uses.keys():
            yield found


def probe(binding: Binding, params: Params) -> Probe:
    """Results outside."""
    measure = f"""{outcome(binding)}
SELECT CAST(SUM(outside) AS BIGINT) AS rows_affected, CAST(SUM(results) AS BIGINT) AS rows_total FROM _campaigns"""
    return Probe(measure=measure, rows=f"{outcome(binding)}\nSELECT *\nFROM _campaigns\nWHERE outside > 0")


def judge(found: Found, params: Params) -> Verdict | Skip:
    """By the share of results; where most lie outside, the dates are no rule."""
    if found.share > 1 - params.inside:
        return Skip(
            f"only {1 - found.share:.0%} of the results lie inside the dates: they are no rule", found.binding.place
        )
    key = found.binding.key
    return Verdict(
        size=found.share, details={"kind": "outside_window", "conversion_column": key.columns[0] if key else None}
    )


_CAMPAIGNS = """SELECT i AS campaign_id, 'k' || i AS name, 100.0 + i AS budget, TIMESTAMP '2024-01-01' + to_days(CAST(i * 20 AS INTEGER))
    AS start_at, TIMESTAMP '2024-01-31' + to_days(CAST(i * 20 AS INTEGER)) AS end_at FROM range(10) t(i)"""
_SALES = """SELECT i AS sale_id, i % 10 AS campaign_id, 10.0 AS amount,
                TIMESTAMP '2024-01-02' + to_days(CAST(i % 10 * 20 + i % 28 AS INTEGER))
    + {late} AS sold_at FROM range(400) t(i)"""

SPEC = CheckSpec(
    id="marketing.result_outside_campaign",
    defect="attribution_gap",
    category="business_logic",
    title="Results outside a campaign's dates",
    why="They would have come without it, and make it look better than it is.",
    needs="a table of campaigns with a start and an end that results with a time refer to",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.01, low=0.0, source="persona-metrics: results outside a campaign's dates"),
    message="Outside the campaign: {rows} of {total} {related_table} lie before the start or after the end of their {table}",
    recommendation="Credit these to what ran at their time, or correct the dates of the campaigns.",
    explains=("temporal.child_before_parent", "temporal.unrelated_times"),
    example=Example(
        clean={"campaign": _CAMPAIGNS, "sale": _SALES.format(late="INTERVAL 0 DAY")},
        damaged={"sale": _SALES.format(late="CASE WHEN i % 20 = 0 THEN INTERVAL 90 DAY ELSE INTERVAL 0 DAY END")},
        finds=20,
        at="campaign.campaign_id",
    ),
)
