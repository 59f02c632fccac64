"""Tables in which money moves: an amount, who it concerns, and when."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks.base import Binding

UNCOUNTED = frozenset({"dictionary", "effect", "bridge"})


def flows(catalog: Catalog, *roles: str) -> Iterator[tuple[Table, Column, Column]]:
    """Tables with a time and a money column: (table, money, time), one for each money column."""
    for table in catalog:
        at = table.happened
        if at is None or table.kind in UNCOUNTED:
            continue
        for money in table.having(*(roles or ("amount",))):
            if money.is_number:
                yield table, money, at


def main_flows(catalog: Catalog) -> Iterator[Binding]:
    """For each table with money and time, its first amount, as a binding."""
    seen: set[str] = set()
    for table, money, at in flows(catalog):
        if table.name not in seen and table.kind != "entity":
            seen.add(table.name)
            yield Binding(table, (money,), uses={"at": at}, confidence=confidence_of(money.roles.get("amount", 1.0)))
