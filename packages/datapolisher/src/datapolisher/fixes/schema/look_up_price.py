"""Prices of one product that differ: look the price up from the product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _from(finding: Finding, document: SchemaDocument) -> str | None:
    """``table.column`` of the product's price: the table that the product column looks up, and its price of that name."""
    product = document.column(finding.table or "", str(finding.details.get("product_column") or "")) or {}
    source = str(((product.get("generator") or {}).get("lookup") or {}).get("from") or "")
    parent = source.rpartition(".")[0]
    found = document.node(parent)
    names = [str(column.get("name")) for column in found[1].get("columns", [])] if found else []
    own = str(finding.details.get("price_column") or "")
    prices = [name for name in names if name == own] or [name for name in names if "price" in name.lower()]
    return f"{parent}.{prices[0]}" if len(prices) == 1 else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    said = finding.details.get("price_column")
    place = edits.spot(finding, document, said if isinstance(said, str) else None)
    source = _from(finding, document)
    if place is None or source is None or place.generator[0] == "lookup":
        return []
    return edits.generator(place, {"lookup": {"from": source}}, "the price is the product's")


SPEC = FixSpec(
    id="look_up_price",
    title="Look the price up from the product",
    path="schema",
    defects=("price_inconsistent",),
    order=Order.DERIVED,
    safe="Discounts and price changes are lost, so that it is asked where no target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"look {finding.table}.{finding.details.get('price_column')} up from its product",
    patch=_patch,
)
