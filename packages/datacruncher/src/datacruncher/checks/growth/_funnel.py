"""Funnels: how many entities reach each stage, in the order in which they are reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks.base import Binding, Place, Skip
from datacruncher.checks.journeys import moment

MOST_STAGES = 20


@dataclass(frozen=True, slots=True)
class Funnel:
    """A table with a stage column, the entity that moves through it, and what orders the stages."""

    table: Table
    stage: Column
    key: ForeignKey
    index: Column | None
    at: Column | None

    @property
    def declared(self) -> list[str]:
        """The stages in the order that a schema gives them; empty without one."""
        config = self.table.declared.stage_config if self.table.declared is not None else None
        return [stage.stage_name for stage in config.stages] if config is not None else []

    def _order(self) -> tuple[str, str]:
        """(CTEs, rank of a stage): as declared, by its index, or by how many of the others mostly come before it."""
        if self.declared:
            names = ", ".join(sql.literal(name) for name in self.declared)
            return "", f"COALESCE(list_position([{names}], CAST(f.stage AS VARCHAR)), {MOST_STAGES + 1})"
        if self.index is not None:
            return "", "MIN(f.place)"
        ranks = """, before AS (
    SELECT a.stage, b.stage AS other,
           AVG(CASE WHEN b.reached < a.reached THEN 1.0 WHEN b.reached > a.reached THEN 0.0 ELSE 0.5 END) AS share
    FROM firsts a JOIN firsts b ON a.entity = b.entity AND a.stage <> b.stage
    GROUP BY 1, 2
), ranks AS (
    SELECT stage, COUNT(*) FILTER (WHERE share > 0.5) AS rank FROM before GROUP BY 1
)"""
        return ranks, "COALESCE((SELECT r.rank FROM ranks r WHERE r.stage = f.stage), 0)"

    def steps(self) -> str:
        """The CTEs ``stages`` (stage, rank, entities) and ``steps`` (with the stage before)."""
        names = [self.table.column(name).of("e") for name in self.key.columns]
        entity = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
        reached = f"MIN({moment(self.at, 'e')})" if self.at else "CAST(NULL AS TIMESTAMP)"
        place = f"MIN({self.index.of('e')})" if self.index else "0"
        order, rank = self._order()
        return f"""WITH firsts AS (
    SELECT {entity} AS entity, {self.stage.of("e")} AS stage, {reached} AS reached, {place} AS place
    FROM {self.table.sql} e
    WHERE {self.stage.of("e")} IS NOT NULL AND {self.key.present("e")}
    GROUP BY 1, 2
){order}, stages AS (
    SELECT f.stage, {rank} AS rank, COUNT(*) AS entities FROM firsts f GROUP BY f.stage
), steps AS (
    SELECT lag(stage) OVER (ORDER BY rank, stage) AS from_stage, stage AS to_stage, rank,
           lag(entities) OVER (ORDER BY rank, stage) AS from_count, entities AS to_count
    FROM stages
), rated AS (
    SELECT *, to_count / from_count AS conversion FROM steps WHERE from_count > 0
)"""


def bind(catalog: Catalog, _params: object) -> Iterator[Binding | Skip]:
    """Tables with a stage column, a key to an entity, and an order of the stages."""
    for table in catalog:
        for stage in table.having("stage"):
            yield _bound(table, stage)


def _bound(table: Table, stage: Column) -> Binding | Skip:
    place = Place(table.name, (stage.name,))
    key = max(table.foreign_keys, key=lambda k: k.confidence, default=None)
    index, at = table.role("stage_index"), table.happened
    if key is None:
        return Skip(f"{table.name} refers to no entity that could move through the stages", place)
    if index is None and at is None:
        return Skip(f"nothing orders the stages of {table.name}", place)
    if stage.facts.distinct > MOST_STAGES:
        return Skip(f"{stage.facts.distinct} stages are no funnel", place)
    funnel = Funnel(table, stage, key, index, at)
    confidence = confidence_of(key, stage.roles.get("stage", 1.0))
    return Binding(table, (stage,), key=key, confidence=confidence, given={"funnel": funnel})


STAGES = """SELECT row_number() OVER () AS event_id, u AS user_id, s AS stage_index,
    ['signup', 'cart', 'checkout', 'purchase'][s + 1] AS stage_name,
    TIMESTAMP '2024-01-01' + to_hours(u * 10 + s) AS reached_at
FROM range(200) a(u), range(4) b(s) WHERE {where}"""
USERS = "SELECT i AS user_id, 'u' || i AS name FROM range(200) t(i)"
