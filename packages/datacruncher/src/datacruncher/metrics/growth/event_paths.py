"""A funnel of events: who ever did each of the things that are done, in the order in which people come to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe, Skip
from datacruncher.metrics._acts import acts, placed
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec, listed

MOST_EVENTS = 12


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding | Skip]:
    """Logs with few different events; a table of stages has a funnel of its own."""
    for item in acts(catalog):
        few = isinstance(item, Skip) or 3 <= item.column.facts.distinct <= MOST_EVENTS
        if few and (isinstance(item, Skip) or item.table.role("stage") is None):
            yield item


def probe(binding: Binding, _params: Any) -> Probe:
    """Entities with each event; the order is the median place at which entities first come to it."""
    measure = f"""{placed(binding)}, _steps AS (
    SELECT step, COUNT(*) AS n, AVG(place) AS place, median(hours) AS hours FROM _placed GROUP BY 1
), _all AS (
    SELECT COUNT(DISTINCT entity) AS n FROM _firsts
)
SELECT {listed("place, step", name="step", value="s.n", n="s.n", conversion="s.n / _all.n", median_hours="hours")} AS event_funnel,
    ANY_VALUE(_all.n) AS n
FROM _steps s, _all"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="growth.event_paths",
    title="Funnel of events",
    why="What people do, in the order in which they come to it, shows where they stop.",
    needs="a log with three to twelve different events",
    gives=(
        Measure(
            "event_funnel", "Ever did it; conversion is of all active, hours since the first event", "entities", "steps"
        ),
    ),
    bind=bind,
    probe=probe,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name FROM range(1, 5) t(i)",
            "event": """SELECT row_number() OVER () AS event_id, u AS user_id, n AS event_name,
                TIMESTAMP '2024-01-01' + to_hours(h) AS event_at
                FROM (VALUES (1, 'open', 0), (1, 'cart', 4), (1, 'pay', 6), (2, 'open', 1), (2, 'open', 2), (2, 'cart', 3), (3, 'open', 0),
                (3, 'cart', 9), (4, 'open', 7), (2, 'cart', 8)) v(u, n, h)""",
        },
        values={
            "event_funnel": [
                {"name": "open", "value": 4, "conversion": 1.0, "median_hours": 0.0},
                {"name": "cart", "value": 3, "conversion": 0.75, "median_hours": 4.0},  # 4, 2 and 9 hours
                {"name": "pay", "value": 1, "conversion": 0.25, "median_hours": 6.0},
            ]
        },
        ns={"event_funnel": 4},
    ),
)
