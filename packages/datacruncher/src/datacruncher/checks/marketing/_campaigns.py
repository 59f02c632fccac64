"""Campaigns, and the results that refer to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks.base import Binding
from datacruncher.checks.journeys import moment

CAMPAIGN_NAME = re.compile(r"campaign|promotion|ad_?(set|group)|advert|flight", re.IGNORECASE)
_RESULT = re.compile(
    r"order|purchase|conver|sale|lead|sign_?up|click|visit|response|customer|subscri|payment", re.IGNORECASE
)


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """A table named after campaigns with a cost or a period, and the table of results that refers to it."""
    for table in catalog:
        cost, start, end = table.role("cost"), _start(table), table.role("end_time")
        if not CAMPAIGN_NAME.search(table.name) or table.primary_key is None or not (cost or (start and end)):
            continue
        keys = [key for key in catalog.children(table) if not key.is_self and _RESULT.search(key.table)]
        key = max(keys, key=lambda one: catalog.tables[one.table].rows, default=None)
        if key is None:
            continue
        results = catalog.tables[key.table]
        uses = {"cost": cost, "start": start, "end": end, "happened": results.happened}
        yield Binding(
            table,
            table.key_columns,
            related=results,
            related_columns=tuple(results.column(name) for name in key.columns),
            key=key,
            uses={name: column for name, column in uses.items() if column is not None},
            confidence=confidence_of(key),
        )


def _start(table: Table) -> Any:
    return table.role("start_time", "creation_time")


def outcome(binding: Binding) -> str:
    """SQL: ``WITH _campaigns`` (key, spends, results, outside)."""
    key, results, uses = binding.key, binding.related, binding.uses
    assert key is not None and results is not None  # noqa: S101 - bind gives both
    own = ", ".join(column.of("p") for column in binding.table.key_columns)
    spends = f"COALESCE(ANY_VALUE({uses['cost'].of('p')}) > 0, FALSE)" if "cost" in uses else "TRUE"
    outside = "FALSE"
    if {"start", "end", "happened"} <= uses.keys():
        at, start, end = (
            moment(uses[name], alias) for name, alias in (("happened", "c"), ("start", "p"), ("end", "p"))
        )
        late = (
            f"{at} >= {end} + INTERVAL 1 DAY"
            if uses["end"].facts.midnight == uses["end"].facts.present
            else f"{at} > {end}"
        )
        outside = f"COALESCE({at} < {start} OR {late}, FALSE)"
    first = results.column(key.columns[0]).of("c")
    return f"""WITH _campaigns AS (
    SELECT {own}, {spends} AS spends, COUNT({first}) AS results, COUNT(*) FILTER (WHERE {first} IS NOT NULL AND {outside}) AS outside
    FROM {binding.table.sql} p LEFT JOIN {results.sql} c ON {key.join("c", "p")} GROUP BY {own}
)"""
