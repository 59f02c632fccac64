"""State tables: moves into states of leaving, back out of them, and moves that can't be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe, Skip
from datacruncher.checks.customer_success._states import States, states
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricSpec, day, listed


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding | Skip]:
    """Tables of changes of state of an entity."""
    for found in states(catalog):
        if found.left:
            yield found.binding()


def probe(binding: Binding, _params: Any) -> Probe:
    """Entities that left in a month of those not yet gone at its start; survival by 30 days since the first state."""
    found: States = binding.given["states"]
    measure = f"""WITH {found.moves()}, _ends AS (
    SELECT entity, MIN(moved_at) AS first, MIN(moved_at) FILTER (WHERE leaves) AS gone, BOOL_OR(had_left AND NOT leaves) AS back,
           arg_max(leaves, moved_at) AS away
    FROM _moves GROUP BY entity
), _span AS (
    SELECT MAX(moved_at) AS last FROM _moves
), _months AS (
    SELECT m.month, COUNT(*) AS alive, COUNT(*) FILTER (WHERE DATE_TRUNC('month', e.gone) = m.month) AS lost
    FROM (SELECT DISTINCT DATE_TRUNC('month', moved_at) AS month FROM _moves ORDER BY 1 DESC LIMIT {MOST}) m
    JOIN _ends e ON DATE_TRUNC('month', e.first) <= m.month AND (e.gone IS NULL OR DATE_TRUNC('month', e.gone) >= m.month)
    GROUP BY 1
), _ages AS (
    SELECT (epoch(COALESCE(gone, _span.last)) - epoch(first)) / 86400.0 AS age, gone IS NOT NULL AS ended FROM _ends, _span
), _risks AS (
    SELECT k, COUNT(*) AS risk, COUNT(*) FILTER (WHERE ended AND age < 30 * (k + 1)) AS gone
    FROM range(24) r(k) JOIN _ages ON age >= 30 * k GROUP BY k
), _survival AS (
    SELECT k, risk, exp(SUM(ln(GREATEST(1 - gone / risk, 1e-9))) OVER (ORDER BY k)) AS kept FROM _risks
)
SELECT AVG(CAST(away AS INTEGER)) AS left_share, COUNT(*) AS n,
    (SELECT {listed("month", at=day("month"), value="lost / alive", n="alive")} FROM _months) AS left_per_month,
    (SELECT {listed("k", name="CAST(k + 1 AS VARCHAR)", value="kept", n="risk")} FROM _survival) AS state_survival,
    COUNT(*) FILTER (WHERE back) / NULLIF(COUNT(gone), 0) AS won_back, COUNT(gone) AS left_once
FROM _ends"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="customer_success.states",
    title="Churn by state",
    why="Each period some leave; who leaves faster than they come shrinks.",
    needs="a table of the states of an entity with a state that means leaving",
    gives=(
        Measure("left_share", "In a state of leaving at the end"),
        Measure("left_per_month", "Left in the month, of those there at its start or since", kind="series"),
        Measure("state_survival", "Not yet gone, by 30 days since the first state (Kaplan-Meier)", kind="steps"),
        Measure("won_back", "Came back, of those who ever left", n="left_once"),
    ),
    bind=bind,
    probe=probe,
    example=MetricExample(
        tables={
            "subscription": "SELECT i AS subscription_id, 'Ann ' || i AS customer_name FROM range(1, 5) t(i)",
            # 1 stays to the end (day 70); 2 leaves on day 20; 3 leaves on day 40 and is back on day 60; 4 joins on day 40 and leaves on 50.
            "subscription_state": """SELECT row_number() OVER () AS subscription_state_id, s AS subscription_id, w AS status,
                TIMESTAMP '2024-01-01' + to_days(d) AS changed_at
                FROM (VALUES (1, 'active', 0), (1, 'paused', 30), (1, 'active', 70), (2, 'active', 0), (2, 'churned', 20), (3, 'active', 0),
                (3, 'churned', 40), (3, 'active', 60), (4, 'active', 40), (4, 'churned', 50)) v(s, w, d)""",
        },
        values={
            "left_share": 0.5,  # 2 and 4
            "left_per_month": [
                {"at": "2024-01-01", "value": 1 / 3, "n": 3},
                {"at": "2024-02-01", "value": 2 / 3, "n": 3},  # 3 and 4, of 1, 3 and 4
                {"at": "2024-03-01", "value": 0.0, "n": 1},
            ],
            # Ages: 70 (stays), 20, 40 and 10: of four two leave in the first 30 days, of two one in the next, then one stays.
            "state_survival": [{"value": 0.5, "n": 4}, {"value": 0.25, "n": 2}, {"value": 0.25, "n": 1}],
            "won_back": 1 / 3,
        },
        ns={"left_share": 4, "won_back": 3},
    ),
)
