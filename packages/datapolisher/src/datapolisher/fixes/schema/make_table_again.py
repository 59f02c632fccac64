"""A table that is declared and whose files are gone or damaged: make it again from the same document and seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _is_made(finding: Finding, document: SchemaDocument) -> bool:
    """Whether the document makes the table: as a node, or as the touches of a chain."""
    chains = [node.get("attribution_chain") or {} for node in document.tree.get("nodes", [])]
    touched = {str(chain.get("touchpoint_table_name")) for chain in chains if chain}
    return finding.table is not None and (document.node(finding.table) is not None or finding.table in touched)


def _policy(finding: Finding, _: Context) -> Decision:
    if finding.defect == "missing_table":
        return edits.regenerate("the document makes the table: the same seed makes it again as it was")
    return Decision("ask", "a damaged file is evidence of a fault in storage: a person says that it may be made again")


SPEC = FixSpec(
    id="make_table_again",
    title="Make the table again with the same seed",
    path="schema",
    defects=("missing_table", "unreadable_file", "partial_table"),
    order=Order.FILES,
    safe="The same document and seed make the same rows; nothing is made up. Damaged files are asked about.",
    policy=_policy,
    plan=lambda finding, _: f"make {finding.table} again from the document as it is, with the same seed",
    patch=lambda _, __: (),
    again=_is_made,
)
