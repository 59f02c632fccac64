"""The sequence that activated entities share: the first steps of those who got going."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe, Skip
from datacruncher.checks.journeys import moment
from datacruncher.checks.product.low_adoption import features
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec, listed


class Params(MetricParams, frozen=True, kw_only=True):
    """steps: distinct first events of a sequence. shown: sequences, the commonest first."""

    steps: int = 3
    shown: int = 8


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding | Skip]:
    """Tables that record what an entity did, and when."""
    for item in features(catalog):
        if isinstance(item, Skip):
            yield item
            continue
        table, feature, key = item
        at = table.happened
        if at is not None:
            yield Binding(
                table,
                (feature,),
                related=catalog.tables[key.to_table],
                key=key,
                uses={"at": at},
                confidence=key.confidence,
            )


def probe(binding: Binding, params: Any) -> Probe:
    """The order in which entities did their first different things; only those who did enough of them."""
    assert binding.key is not None  # noqa: S101 - bind gives one
    names = [binding.table.column(name).of("e") for name in binding.key.columns]
    entity = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
    measure = f"""WITH _firsts AS (
    SELECT {entity} AS entity, CAST({binding.column.of("e")} AS VARCHAR) AS step, MIN({moment(binding.uses["at"], "e")}) AS reached
    FROM {binding.table.sql} e WHERE {binding.key.present("e")} AND {binding.column.of("e")} IS NOT NULL
      AND {binding.uses["at"].of("e")} IS NOT NULL GROUP BY 1, 2
), _placed AS (
    SELECT *, row_number() OVER (PARTITION BY entity ORDER BY reached, step) AS place FROM _firsts
), _paths AS (
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
