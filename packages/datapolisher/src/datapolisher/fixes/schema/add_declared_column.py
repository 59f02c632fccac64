"""A column that a contract has and the document lacks: add it as the contract says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_TYPES = {"int", "float", "string", "bool", "datetime", "date"}


def _definition(finding: Finding, document: SchemaDocument) -> dict[str, Any] | None:
    """The column as the contract defines it; else by the formula that the finding names."""
    name, kind = finding.details.get("column"), finding.details.get("column_type")
    if not isinstance(name, str) or not name:
        name = next(iter(finding.columns), "")
    written = edits.expected_column(finding, document, name)
    if written is not None:
        return dict(written)
    code = finding.details.get("expression")
    if not name or not isinstance(kind, str) or kind not in _TYPES or not isinstance(code, str):
        return None
    return {"name": name, "type": kind, "generator": {"expression": {"code": code}}}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    table = finding.table or ""
    found, definition = document.node(table), _definition(finding, document)
    if found is None or definition is None or document.column(table, str(definition["name"])) is not None:
        return []
    if not edits.reads_known(definition, table, document):
        return []
    return [Change("add", f"{found[0]}/columns/-", "the contract has this column", definition)]


SPEC = FixSpec(
    id="add_declared_column",
    title="Add a column as the contract defines it",
    path="schema",
    defects=("missing_column",),
    order=Order.FILES,
    safe="Only a column whose generator or formula somebody wrote; no empty column is ever added.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"add {finding.table}.{finding.details.get('column')} as the contract defines it",
    patch=_patch,
)
