"""What is spent by channel, the entities that came by it, and what these paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks.finance._money import flows
from datacruncher.checks.journeys import is_party, moment


@dataclass(frozen=True, slots=True)
class Spend:
    """A table of costs by channel, and the entity whose channel is one of those."""

    costs: Table
    cost: Column
    channel: Column
    entity: Table
    source: Column
    paid: tuple[Table, Column, Any] | None


def spends(catalog: Catalog) -> Iterator[Spend]:
    """Costs by channel beside new entities by channel, where the channels are the same."""
    for table in catalog:
        cost, channel = table.role("cost"), table.role("channel", "campaign")
        if cost is None or channel is None or is_party(table):
            continue
        words = {value for value, _ in catalog.values(channel, limit=100)}
        for entity in catalog:
            source = entity.role(*(("channel",) if channel.has("channel") else ("campaign",)))
            if source is None or not is_party(entity) or not words & {v for v, _ in catalog.values(source, limit=100)}:
                continue
            yield Spend(table, cost, channel, entity, source, _paid(catalog, entity))
            break


def _paid(catalog: Catalog, entity: Table) -> tuple[Table, Column, Any] | None:
    """What the entity pays: the largest table with an amount that refers to it."""
    found = [(table, money, catalog.path(table, entity)) for table, money, _ in flows(catalog)]
    return max((item for item in found if item[2] is not None), key=lambda item: item[0].rows, default=None)


def balance(spend: Spend) -> str:
    """SQL: ``WITH _spent`` and ``_new`` (by channel and month), ``_channels`` (channel, cost, n, value)."""
    spent_at, created = spend.costs.happened or spend.costs.role("start_time"), spend.entity.created
    timed = spent_at is not None and created is not None
    month = f"DATE_TRUNC('month', {moment(spent_at, 's')})" if timed and spent_at else "NULL"
    born = f"DATE_TRUNC('month', {moment(created, 'p')})" if timed and created else "NULL"
    return f"""WITH _spent AS (
    SELECT CAST({spend.channel.of("s")} AS VARCHAR) AS channel, CAST({month} AS TIMESTAMP) AS month, SUM({spend.cost.of("s")}) AS cost
    FROM {spend.costs.sql} s WHERE {spend.channel.of("s")} IS NOT NULL GROUP BY 1, 2
), _new AS (
    SELECT CAST({spend.source.of("p")} AS VARCHAR) AS channel, CAST({born} AS TIMESTAMP) AS month, COUNT(*) AS n, {_value(spend)} AS value
    FROM {spend.entity.sql} p{_joined(spend)} WHERE {spend.source.of("p")} IN (SELECT channel FROM _spent) GROUP BY 1, 2
), _channels AS (
    SELECT channel, CAST(c.cost AS DOUBLE) AS cost, CAST(COALESCE(b.n, 0) AS BIGINT) AS n, CAST(b.value AS DOUBLE) AS value
    FROM (SELECT channel, SUM(cost) AS cost FROM _spent GROUP BY 1) c
    LEFT JOIN (SELECT channel, SUM(n) AS n, SUM(value) AS value FROM _new GROUP BY 1) b USING (channel)
)"""


def _value(spend: Spend) -> str:
    return "SUM(v.paid)" if spend.paid else "NULL"


def _joined(spend: Spend) -> str:
    """SQL: what each entity has paid, where that is known."""
    if spend.paid is None:
        return ""
    table, money, key = spend.paid
    names = ", ".join(f"{table.column(name).of('c')} AS k{i}" for i, name in enumerate(key.columns))
    pairs = " AND ".join(f"v.k{i} = {spend.entity.column(name).of('p')}" for i, name in enumerate(key.to_columns))
    return f" LEFT JOIN (SELECT {names}, SUM({money.of('c')}) AS paid FROM {table.sql} c GROUP BY ALL) v ON {pairs}"
