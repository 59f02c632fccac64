"""Usage against plan: what entities of each plan do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.journeys import Journey, journeys
from datacruncher.metrics._activity import at_log, events
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec, listed


class Params(MetricParams, frozen=True, kw_only=True):
    """days: looked at, to the last event."""

    days: int = 30


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """Entities with a plan or a segment, and what they do."""
    for journey in journeys(catalog, needs_creation=False):
        plan = journey.entity.role("plan", "segment") if isinstance(journey, Journey) else None
        if isinstance(journey, Journey) and plan is not None and plan.facts.distinct <= 20:
            yield replace(at_log(journey), uses={"plan": plan})


def probe(binding: Binding, params: Any) -> Probe:
    """Events of the last days per entity, the idle ones included, and the share of the idle, for each plan."""
    journey, plan = binding.given["journey"], binding.uses["plan"]
    measure = f"""WITH {events(journey)}, _recent AS (
    SELECT entity, COUNT(*) AS events FROM _events, _span WHERE happened > last - INTERVAL {params.days} DAY GROUP BY 1
), _plans AS (
    SELECT CAST({plan.of("p")} AS VARCHAR) AS plan, COUNT(*) AS n, SUM(COALESCE(r.events, 0)) / COUNT(*) AS events,
           AVG(CAST(r.entity IS NULL AS INTEGER)) AS idle
    FROM {journey.entity.sql} p LEFT JOIN _recent r ON r.entity = {journey.parent_key} WHERE {plan.of("p")} IS NOT NULL GROUP BY 1
)
SELECT {listed("events DESC, plan", name="plan", value="events", n="n", idle="idle")} AS usage_by_plan,
    CAST(SUM(n) AS BIGINT) AS n, {listed("idle DESC, plan", name="plan", value="idle", n="n")} AS idle_by_plan
FROM _plans"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="product.plans",
    title="Usage by plan",
    why="Who pays for more than she uses goes back to less; who uses all of it buys more.",
    needs="an entity with a plan or a segment, and its events",
    gives=(
        Measure("usage_by_plan", "Events of the last 30 days per entity, by plan", "events", "bars"),
        Measure("idle_by_plan", "Without an event in the last 30 days, by plan", kind="bars"),
    ),
    bind=bind,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name, CASE WHEN i < 3 THEN 'pro' ELSE 'free' END AS plan FROM range(1, 6) t(i)",
            "login": """SELECT row_number() OVER () AS login_id, u AS user_id, TIMESTAMP '2024-01-01' + to_days(d) AS login_at
                FROM (VALUES (1, 40), (1, 41), (1, 42), (2, 45), (3, 50), (4, 3), (4, 50), (5, 2)) v(u, d)""",
        },
        # The last thirty days are 21 to 50. pro: 3 and 1; free: 1, 1 and none.
        values={
            "usage_by_plan": [{"name": "pro", "value": 2.0, "n": 2}, {"name": "free", "value": 2 / 3, "n": 3}],
            "idle_by_plan": [{"name": "free", "value": 1 / 3}, {"name": "pro", "value": 0.0}],
        },
        ns={"usage_by_plan": 5},
    ),
)
