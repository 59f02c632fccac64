"""What entities do, and when: the binding and the steps of SQL that questions about the order of acts share."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Skip
from datacruncher.checks.journeys import moment
from datacruncher.checks.product.low_adoption import features


def acts(catalog: Catalog) -> Iterator[Binding | Skip]:
    """Tables that record what an entity did, and when: the act as the column, its time under ``at``."""
    for item in features(catalog):
        if isinstance(item, Skip):
            yield item
            continue
        table, name, key = item
        at = table.happened
        if at is not None:
            entity = catalog.tables[key.to_table]
            yield Binding(table, (name,), related=entity, key=key, uses={"at": at}, confidence=key.confidence)


def placed(binding: Binding) -> str:
    """The CTEs ``_firsts`` (entity, step, reached) and ``_placed`` (with its place, and the hours since the first act)."""
    key, at, step = binding.key, binding.uses["at"], binding.column
    assert key is not None  # noqa: S101 - bound so above
    names = [binding.table.column(name).of("e") for name in key.columns]
    entity = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
    return f"""WITH _firsts AS (
    SELECT {entity} AS entity, CAST({step.of("e")} AS VARCHAR) AS step, MIN({moment(at, "e")}) AS reached
    FROM {binding.table.sql} e
    WHERE {key.present("e")} AND {step.of("e")} IS NOT NULL AND {at.of("e")} IS NOT NULL
    GROUP BY 1, 2
), _placed AS (
    SELECT *, row_number() OVER (PARTITION BY entity ORDER BY reached, step) AS place,
           (epoch(reached) - epoch(MIN(reached) OVER (PARTITION BY entity))) / 3600.0 AS hours
    FROM _firsts
)"""
