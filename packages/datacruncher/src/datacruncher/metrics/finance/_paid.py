"""What metrics of money share: tables in which money moves, and who pays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.catalog.model import confidence_of
from datacruncher.checks.base import Binding
from datacruncher.checks.finance._money import main_flows
from datacruncher.checks.finance.double_charge import payer


def paid_bound(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """Tables with an amount, a time, and a key to whoever pays."""
    for found in main_flows(catalog):
        key = payer(catalog, found.table)
        if key is not None:
            sure = confidence_of(key, found.confidence)
            yield replace(found, key=key, related=catalog.tables[key.to_table], confidence=sure)


def payer_of(binding: Binding, alias: str = "e") -> str:
    """SQL: who pays, as one value."""
    assert binding.key is not None  # noqa: S101 - bound so above
    names = [binding.table.column(name).of(alias) for name in binding.key.columns]
    return names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
