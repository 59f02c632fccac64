"""A table without rows: let the document ask for some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_DEFAULT = 1000


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = document.node(finding.table or "")
    if found is None:
        return []
    pointer, node = found
    expected = edits.number(finding.details.get("expected_rows"))
    why = "the document asks for no rows"
    if node.get("rows") == 0:
        return edits.put(node, pointer, "rows", int(expected or _DEFAULT), why)
    fanout = node.get("fanout")
    if isinstance(fanout, Mapping) and edits.number(fanout.get("lambda")) == 0:
        return edits.put(fanout, f"{pointer}/fanout", "lambda", 1.0, why)
    return []


SPEC = FixSpec(
    id="give_rows",
    title="Ask for rows where the document asks for none",
    path="schema",
    defects=("empty_table",),
    order=Order.FILES,
    safe="Only where the document itself says none; rows are drawn, never copied.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"draw rows of {finding.table}",
    patch=_patch,
)
