"""Funnels: how many entities reach each stage, in the order in which they are reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
    def rank(self) -> str:
        """What orders the stages: their index, else the median time at which entities first reach them."""
        if self.index is not None:
            return f"MIN({self.index.of('e')})"
        return f"CAST(median(epoch({moment(self.at, 'e')})) AS BIGINT)" if self.at else "0"

    def steps(self) -> str:
        """The CTEs ``stages`` (stage, rank, entities) and ``steps`` (with the stage before)."""
        names = [self.table.column(name).of("e") for name in self.key.columns]
        entity = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
        return f"""WITH stages AS (
    SELECT {self.stage.of("e")} AS stage, {self.rank} AS rank, COUNT(DISTINCT {entity}) AS entities
    FROM {self.table.sql} e
    WHERE {self.stage.of("e")} IS NOT NULL AND {self.key.present("e")}
    GROUP BY 1
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
