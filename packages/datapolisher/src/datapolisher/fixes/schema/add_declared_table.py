"""A table that a contract has and the document lacks: add its node as the contract says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "the contract has this table"


def _fits(node: Mapping[str, Any], document: SchemaDocument) -> bool:
    """Whether all that the node refers to stands in the document, or in itself."""
    table, own = str(node.get("id")), {str(column.get("name")) for column in node.get("columns", [])}
    parents = all(document.node(str(parent)) is not None for parent in node.get("parents") or ())
    for column in node.get("columns", []):
        generator = column.get("generator") or {}
        if "expression" in generator:
            known = edits.names_in(str(generator["expression"].get("code"))) <= own
        else:
            of_itself = str((generator.get("lookup") or {}).get("from", "")).rpartition(".")[0] == table
            known = of_itself or not generator or edits.reads_known(column, table, document)
        if not known:
            return False
    return parents


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    node = edits.expected_node(finding, document)
    if node is None or document.node(finding.table or "") is not None or not _fits(node, document):
        return []
    changes = [Change("add", "/nodes/-", _WHY, dict(node))]
    if isinstance(document.tree.get("dag"), list):
        changes.append(Change("add", "/dag/-", _WHY, [finding.table]))
    return changes


SPEC = FixSpec(
    id="add_declared_table",
    title="Add a table as the contract defines it",
    path="schema",
    defects=("missing_table",),
    order=Order.FILES,
    safe="Only a table that somebody defined, and only where all that it refers to is there.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"add the table {finding.table} as the contract defines it",
    patch=_patch,
)
