"""Who falls silent: churn by the entity's own rhythm, survival, reactivation, and how segments and ages differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe, Skip
from datacruncher.checks.journeys import Journey
from datacruncher.metrics._activity import activity_bound, events
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricParams, MetricSpec, day, listed


class Params(MetricParams, frozen=True, kw_only=True):
    """gaps: silence, in the entity's own median gaps between events. events: fewer say nothing of a rhythm."""

    gaps: float = 3.0
    events: int = 3


def bind(catalog: Catalog, params: Any) -> Iterator[Binding | Skip]:
    """Entities and what they do."""
    yield from activity_bound(catalog, params)


def lives(journey: Journey, params: Any) -> str:
    """SQL, CTE ``_lives``: an entity with its rhythm, first and last event, whether it is silent, and how often it was before."""
    return f"""_spaced AS (
    SELECT entity, epoch(happened) / 86400.0 AS day,
           epoch(happened) / 86400.0 - lag(epoch(happened) / 86400.0) OVER (PARTITION BY entity ORDER BY happened) AS gap
    FROM _events
), _rhythm AS (
    SELECT entity, COUNT(*) AS n, MIN(day) AS first, MAX(day) AS last, GREATEST(median(gap), 1.0) AS gap, MAX(gap) AS longest
    FROM _spaced GROUP BY entity HAVING COUNT(*) >= {params.events}
), _lives AS (
    SELECT r.*, r.last - r.first AS age, epoch(_span.last) / 86400.0 - r.last > {params.gaps} * gap AS silent,
           longest > {params.gaps} * gap AS returned
    FROM _rhythm r, _span
)"""


def probe(binding: Binding, params: Any) -> Probe:
    """Silent at the end; by month of the last event against those alive at its start; Kaplan-Meier by 30 days of age."""
    journey: Journey = binding.given["journey"]
    measure = f"""WITH {events(journey)}, {lives(journey, params)}, _months AS (
    SELECT m.month, COUNT(*) AS alive, COUNT(*) FILTER (WHERE silent AND DATE_TRUNC('month', {_at("l.last")}) = m.month) AS stopped
    FROM (SELECT DISTINCT DATE_TRUNC('month', happened) AS month FROM _events ORDER BY 1 DESC LIMIT {MOST}) m
    JOIN _lives l ON DATE_TRUNC('month', {_at("l.first")}) <= m.month
        AND (NOT silent OR DATE_TRUNC('month', {_at("l.last")}) >= m.month)
    GROUP BY 1
), _ages AS (
    SELECT k, COUNT(*) AS risk, COUNT(*) FILTER (WHERE silent AND age < 30 * (k + 1)) AS stopped
    FROM range(24) r(k) JOIN _lives l ON l.age >= 30 * k GROUP BY k
), _survival AS (
    SELECT k, risk, exp(SUM(ln(GREATEST(1 - stopped / risk, 1e-9))) OVER (ORDER BY k)) AS kept FROM _ages
)
SELECT AVG(CAST(silent AS INTEGER)) AS churned_share, COUNT(*) AS n,
    (SELECT {listed("month", at=day("month"), value="stopped / alive", n="alive")} FROM _months) AS churn_per_month,
    (SELECT {listed("k", name="CAST(k + 1 AS VARCHAR)", value="kept", n="risk")} FROM _survival) AS survival,
    (SELECT {listed("k", name="CAST(k + 1 AS VARCHAR)", value="stopped / risk", n="risk")} FROM _ages) AS churn_by_age,
    COUNT(*) FILTER (WHERE returned) / NULLIF(COUNT(*) FILTER (WHERE returned OR silent), 0) AS reactivation_rate,
    COUNT(*) FILTER (WHERE returned OR silent) AS stopped, {_by_segment(binding, journey)} AS churn_by_segment
FROM _lives"""
    return Probe(measure=measure)


def _at(days: str) -> str:
    return f"make_timestamp(CAST({days} * 86400000000 AS BIGINT))"


def _by_segment(binding: Binding, journey: Journey) -> str:
    """SQL: the share of the silent in each segment, or NULL where there is none."""
    segment = journey.entity.role("segment", "plan", "channel", "country")
    if segment is None or segment.facts.distinct > 20:
        return "NULL"
    return f"""(SELECT {listed("value DESC, name", name="name", value="value", n="n")} FROM (
        SELECT CAST({segment.of("p")} AS VARCHAR) AS name, AVG(CAST(l.silent AS INTEGER)) AS value, COUNT(*) AS n
        FROM _lives l JOIN {journey.entity.sql} p ON l.entity = {journey.parent_key} WHERE {segment.of("p")} IS NOT NULL GROUP BY 1))"""


SPEC = MetricSpec(
    id="customer_success.churn",
    title="Churn by silence",
    why="Who stops is seen by the rhythm that was broken, not by a form.",
    needs="an entity and its events",
    gives=(
        Measure("churned_share", "Silent for over three of their own gaps"),
        Measure("churn_per_month", "Fell silent in the month, of those active at its start or since", kind="series"),
        Measure("survival", "Still active, by 30 days of age (Kaplan-Meier)", kind="steps"),
        Measure("churn_by_age", "Fell silent, by 30 days of age", kind="steps"),
        Measure("reactivation_rate", "Came back, of those who were ever silent", n="stopped"),
        Measure("churn_by_segment", "Silent, by segment", kind="bars"),
    ),
    bind=bind,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "user": """SELECT i AS user_id, 'u' || i AS user_name, CASE WHEN i < 3 THEN 'pro' ELSE 'free' END AS segment
                FROM range(1, 5) t(i)""",
            # Days of events from 1 January; the last day of all is day 80.
            # 1: every 10 days to 80, active. 2: 0, 5, 10, then silent. 3: 0, 2, 4, 40, 42: was away, is silent again.
            # 4: 30, 50, 70, active.
            "login": """SELECT row_number() OVER () AS login_id, u AS user_id,
                TIMESTAMP '2024-01-01' + to_days(CAST(d AS INTEGER)) AS login_at
                FROM (SELECT 1, unnest([0, 10, 20, 30, 40, 50, 60, 70, 80]) UNION ALL SELECT 2, unnest([0, 5, 10])
                UNION ALL SELECT 3, unnest([0, 2, 4, 40, 42]) UNION ALL SELECT 4, unnest([30, 50, 70])) v(u, d)""",
        },
        values={
            "churned_share": 0.5,  # 2 and 3
            "churn_per_month": [
                {"at": "2024-01-01", "value": 1 / 4, "n": 4},  # 2, of 1, 2, 3 and 4 (day 30 is 31 January)
                {"at": "2024-02-01", "value": 1 / 3, "n": 3},  # 3
                {"at": "2024-03-01", "value": 0.0, "n": 2},
            ],
            # Ages at the last event: 80, 10, 42 and 40 days, 2 and 3 stopped: 4 at risk and one leaves, 3 and one, 1 and none.
            "churn_by_age": [{"value": 1 / 4, "n": 4}, {"value": 1 / 3, "n": 3}, {"value": 0.0, "n": 1}],
            "survival": [{"value": 3 / 4}, {"value": 1 / 2}, {"value": 1 / 2}],
            "reactivation_rate": 0.5,  # 3 came back once; 2 did not
            "churn_by_segment": [{"name": "free", "value": 0.5, "n": 2}, {"name": "pro", "value": 0.5, "n": 2}],
        },
        ns={"churned_share": 4, "reactivation_rate": 2},
    ),
)
