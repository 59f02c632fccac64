"""Payments that differ from what was invoiced: look the amount up, and pay once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "a payment is what was invoiced"


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    related, told = finding.location.related, finding.details
    invoice, column, own = (str(told.get(name)) for name in ("invoice_table", "invoice_column", "payment_column"))
    payments = related.table if related and related.table != invoice else finding.table
    found = document.node(payments or "") if finding.table in {invoice, payments} else None
    place = document.place(payments or "", str(own))
    if found is None or place is None or document.column(str(invoice), str(column)) is None:
        return []
    if next(iter(found[1].get("parents") or ()), None) != invoice:
        return []
    paid = edits.Spot(*place, f"{payments}.{own}")
    changes = edits.generator(paid, {"lookup": {"from": f"{invoice}.{column}"}}, _WHY)
    changes += edits.drop(paid.column, paid.pointer, "modifiers", _WHY)
    fanout = found[1].get("fanout")
    once = not isinstance(fanout, Mapping) or edits.number(fanout.get("max")) == 1
    return changes if once else changes + edits.put(found[1], f"{found[0]}", "fanout", _at_most_one(fanout), _WHY)


def _at_most_one(fanout: object) -> dict[str, object]:
    said = dict(fanout) if isinstance(fanout, Mapping) else {}
    if said.get("distribution") == "uniform":
        return {"distribution": "uniform", "min": 0, "max": 1}
    said.pop("clamp", None)
    return {**said, **({"min": 1} if (edits.number(said.get("min")) or 0) > 1 else {}), "max": 1}


SPEC = FixSpec(
    id="pay_what_is_due",
    title="Look the paid amount up from what was invoiced",
    path="schema",
    defects=("payment_mismatch",),
    order=Order.DERIVED,
    safe="Part payments and fees look the same: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: (
        f"look {finding.details.get('payment_column')} up from {finding.details.get('invoice_table')}"
    ),
    patch=_patch,
)
