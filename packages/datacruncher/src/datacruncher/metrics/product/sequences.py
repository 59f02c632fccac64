"""The sequence that activated entities share: the first steps of those who got going."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe, Skip
from datacruncher.metrics._acts import acts, placed
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec, listed


class Params(MetricParams, frozen=True, kw_only=True):
    """steps: distinct first events of a sequence. shown: sequences, the commonest first."""

    steps: int = 3
    shown: int = 8


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding | Skip]:
    """Tables that record what an entity did, and when."""
    yield from acts(catalog)


def probe(binding: Binding, params: Any) -> Probe:
    """The order in which entities did their first different things; only those who did enough of them."""
    measure = f"""{placed(binding)}, _paths AS (
    SELECT entity, string_agg(step, ' → ' ORDER BY place) AS path FROM _placed WHERE place <= {params.steps}
    GROUP BY entity HAVING COUNT(*) = {params.steps}
), _counts AS (
    SELECT path, COUNT(*) AS n, SUM(COUNT(*)) OVER () AS total FROM _paths GROUP BY 1 ORDER BY n DESC, path LIMIT {params.shown}
)
SELECT {listed("n DESC, path", name="path", value="n / total", n="n")} AS first_steps, CAST(ANY_VALUE(total) AS BIGINT) AS n
FROM _counts"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="product.sequences",
    title="First steps",
    why="What those who stay do first is what others should be led to.",
    needs="a table that records what an entity did, and when",
    gives=(Measure("first_steps", "First three different steps of those who took three", kind="bars"),),
    bind=bind,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name FROM range(1, 5) t(i)",
            "event": """SELECT row_number() OVER () AS event_id, u AS user_id, n AS event_name,
                TIMESTAMP '2024-01-01' + to_hours(h) AS event_at
                FROM (VALUES (1, 'open', 0), (1, 'open', 1), (1, 'search', 2), (1, 'save', 3), (2, 'open', 0), (2, 'search', 5), (2,
                'save', 9),
                (2, 'share', 10), (3, 'open', 0), (3, 'save', 2), (3, 'search', 3), (4, 'open', 1)) v(u, n, h)""",
        },
        values={
            "first_steps": [
                {"name": "open → search → save", "value": 2 / 3, "n": 2},
                {"name": "open → save → search", "value": 1 / 3, "n": 1},
            ]
        },
        ns={"first_steps": 3},
    ),
)
