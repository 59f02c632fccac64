"""The funnel: who reaches which stage, how long it takes, and how segments differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe, Skip
from datacruncher.checks.growth._funnel import Funnel
from datacruncher.checks.growth._funnel import bind as stages
from datacruncher.checks.journeys import moment
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec, listed


def bind(catalog: Catalog, params: Any) -> Iterator[Binding | Skip]:
    """Funnels, with a segment of the entity where it has one."""
    for found in stages(catalog, params):
        if isinstance(found, Skip) or found.key is None:
            yield found
            continue
        entity = catalog.tables[found.key.to_table]
        segment = entity.role("segment", "plan", "channel")
        uses = {"segment": segment} if segment is not None and segment.facts.distinct <= 20 else {}
        yield replace(found, related=entity, uses=uses)


def probe(binding: Binding, _params: Any) -> Probe:
    """Entities, conversion and median time of each step; the overall conversion, and that of each segment."""
    funnel: Funnel = binding.given["funnel"]
    key = [funnel.table.column(name).of("e") for name in funnel.key.columns]
    entity = key[0] if len(key) == 1 else f"ROW({', '.join(key)})"
    at = f"MIN({moment(funnel.at, 'e')})" if funnel.at else "CAST(NULL AS TIMESTAMP)"
    record = {"name": "CAST(stage AS VARCHAR)", "value": "entities", "n": "entities"}
    record |= {"conversion": "entities / NULLIF(before, 0)", "median_hours": "hours"}
    measure = f"""{funnel.steps()}, _ordered AS (
    SELECT stage, rank, entities, lag(stage) OVER w AS previous, lag(entities) OVER w AS before FROM stages
    WINDOW w AS (ORDER BY rank, stage)
), _reached AS (
    SELECT {entity} AS entity, {funnel.stage.of("e")} AS stage, {at} AS reached
    FROM {funnel.table.sql} e WHERE {funnel.stage.of("e")} IS NOT NULL AND {funnel.key.present("e")} GROUP BY 1, 2
), _waits AS (
    SELECT o.stage, median((epoch(b.reached) - epoch(a.reached)) / 3600.0) AS hours
    FROM _ordered o JOIN _reached b ON b.stage = o.stage JOIN _reached a ON a.stage = o.previous AND a.entity = b.entity
    GROUP BY 1
), _ends AS (
    SELECT arg_min(stage, rank) AS first, arg_max(stage, rank) AS last, arg_min(entities, rank) AS entered FROM stages
)
SELECT (SELECT {listed("rank, stage", **record)} FROM _ordered LEFT JOIN _waits USING (stage)) AS funnel,
    (SELECT arg_max(entities, rank) / arg_min(entities, rank) FROM stages) AS funnel_conversion,
    {_by_segment(binding)} AS funnel_by_segment, (SELECT entered FROM _ends) AS n"""
    return Probe(measure=measure)


def _by_segment(binding: Binding) -> str:
    """SQL: the overall conversion of each segment, or NULL where there is none."""
    segment, key, entity = binding.uses.get("segment"), binding.key, binding.related
    if segment is None or key is None or entity is None:
        return "NULL"
    names = [entity.column(name).of("p") for name in key.to_columns]
    own = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
    return f"""(SELECT {listed("value DESC, name", name="name", value="value", n="n")} FROM (
        SELECT CAST({segment.of("p")} AS VARCHAR) AS name, COUNT(*) FILTER (WHERE r.stage = _ends.first) AS n,
            COUNT(*) FILTER (WHERE r.stage = _ends.last) / NULLIF(COUNT(*) FILTER (WHERE r.stage = _ends.first), 0) AS value
        FROM _reached r JOIN {entity.sql} p ON r.entity = {own}, _ends WHERE {segment.of("p")} IS NOT NULL GROUP BY 1))"""


SPEC = MetricSpec(
    id="growth.funnel",
    title="Funnel",
    why="The worst step is where work pays most.",
    needs="a table of stages that an entity reaches",
    gives=(
        Measure("funnel", "Who reaches which stage", "entities", "steps"),
        Measure("funnel_conversion", "From the first stage to the last"),
        Measure("funnel_by_segment", "From the first stage to the last, by segment", kind="bars"),
    ),
    bind=bind,
    probe=probe,
    example=MetricExample(
        tables={
            "user": """SELECT i AS user_id, 'u' || i AS user_name, CASE WHEN i <= 2 THEN 'pro' ELSE 'free' END AS segment
                FROM range(1, 6) t(i)""",
            "journey": """SELECT row_number() OVER () AS journey_id, u AS user_id, s AS stage_index,
                ['visit', 'cart', 'pay'][s + 1] AS stage_name, TIMESTAMP '2024-01-01' + to_hours(h) AS reached_at
                FROM (VALUES (1, 0, 0), (1, 1, 2), (1, 2, 12), (2, 0, 0), (2, 1, 6), (3, 0, 1), (3, 1, 5), (3, 2, 6), (4, 0, 3), (5, 0, 9))
                v(u, s, h)""",
        },
        values={
            "funnel": [
                {"name": "visit", "value": 5, "conversion": None, "median_hours": None},
                {"name": "cart", "value": 3, "conversion": 0.6, "median_hours": 4.0},  # 2, 6 and 4 hours
                {"name": "pay", "value": 2, "conversion": 2 / 3, "median_hours": 5.5},  # 10 hours and 1
            ],
            "funnel_conversion": 0.4,
            "funnel_by_segment": [{"name": "pro", "value": 0.5, "n": 2}, {"name": "free", "value": 1 / 3, "n": 3}],
        },
        ns={"funnel": 5},
    ),
)
