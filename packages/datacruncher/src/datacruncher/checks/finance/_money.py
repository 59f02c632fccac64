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
    """For each table with money and time, the amount that says what was paid in all, as a binding."""
    found: dict[str, tuple[Table, Column, Column]] = {}
    for table, money, at in flows(catalog):
        if table.kind != "entity" and (table.name not in found or _whole(money) > _whole(found[table.name][1])):
            found[table.name] = (table, money, at)
    for table, money, at in found.values():
        yield Binding(table, (money,), uses={"at": at}, confidence=confidence_of(money.roles.get("amount", 1.0)))


def _whole(money: Column) -> tuple[float, float]:
    """How surely a column is the whole of what was paid: as an amount, then by size; a subtotal is less than its total."""
    return round(money.roles.get("amount", 0.0), 1), money.facts.mean or 0.0
