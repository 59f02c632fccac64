"""Amounts of several currencies in one column: draw all of them in the one that most have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _main(finding: Finding) -> str | None:
    """The currency of most rows."""
    listed = edits.entries(finding, "currencies")
    counted = [(edits.number(one.get("rows")) or 0, str(one.get("value"))) for one in listed]
    return max(counted)[1] if counted else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    said = finding.details.get("currency_column")
    place = edits.spot(finding, document, said if isinstance(said, str) else None)
    listed, main = (edits.choices(place) if place else None), _main(finding)
    if place is None or listed is None or main not in listed.values:
        return []
    others = {value: edits.REMOVED for value in listed.values if value != main}
    return edits.rewrite_choices(place, others, f"all amounts are in {main}, so that they add up")


SPEC = FixSpec(
    id="keep_one_currency",
    title="Draw all amounts in one currency",
    path="schema",
    defects=("mixed_currency",),
    order=Order.CODES,
    safe="A business may have several currencies: asked; no amount is converted.",
    policy=edits.by_choice("a business may have several currencies: a person decides"),
    plan=lambda finding, _: f"draw all of {finding.table} in {_main(finding)}",
    patch=_patch,
)
