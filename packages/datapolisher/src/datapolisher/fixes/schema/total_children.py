"""A parent's total that is not its children's: compute it from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_OPS = {"sum", "count", "min", "max", "mean"}


def _of(finding: Finding, document: SchemaDocument) -> dict[str, str] | None:
    child, column, op = (finding.details.get(key) for key in ("child_table", "child_column", "op"))
    found = document.node(child) if isinstance(child, str) else None
    if found is None or op not in _OPS or next(iter(found[1].get("parents") or ()), None) != finding.table:
        return None
    if op == "count":
        return {"of": str(child), "op": "count"}
    known = isinstance(column, str) and document.column(str(child), column) is not None
    return {"of": f"{child}.{column}", "op": str(op)} if known else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    column = finding.details.get("parent_column")
    place = edits.spot(finding, document, column if isinstance(column, str) else None)
    of = _of(finding, document)
    if place is None or of is None or place.generator[0] == "aggregate":
        return []
    return edits.generator(place, {"aggregate": of}, "a total is computed from its parts")


SPEC = FixSpec(
    id="total_children",
    title="Compute the parent's total from its children",
    path="schema",
    defects=("aggregate_mismatch",),
    order=Order.AGGREGATES,
    safe="A generated total has no source but its parts.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"compute {finding.table}.{', '.join(finding.columns)} from its children",
    patch=_patch,
)
