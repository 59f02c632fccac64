"""Columns or types that differ from the past: declare them as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_TYPES = {
    "BIGINT": "int",
    "INTEGER": "int",
    "DOUBLE": "float",
    "FLOAT": "float",
    "VARCHAR": "string",
    "BOOLEAN": "bool",
}
_NUMBERS = {"int", "float"}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    return [*_types(finding, document), *_removed(finding, document)]


def _types(finding: Finding, document: SchemaDocument) -> Iterator[Change]:
    """Numbers as they were; another kind of value needs another generator, which nobody named."""
    for one in edits.entries(finding, "changed"):
        name = one.get("column")
        place = edits.spot(finding, document, name) if isinstance(name, str) else None
        before = _TYPES.get(str(one.get("before"))) if place is not None else None
        if place is not None and before is not None and {before, place.column.get("type")} <= _NUMBERS:
            yield from edits.put(place.column, place.pointer, "type", before, f"{name} was {before} before")


def _removed(finding: Finding, document: SchemaDocument) -> Iterator[Change]:
    """Columns that the contract still has."""
    for name in edits.texts(finding, "removed"):
        written = edits.expected_column(finding, document, name)
        found = document.node(finding.table or "")
        known = written is not None and edits.reads_known(written, finding.table or "", document)
        if found is not None and written is not None and known and document.column(finding.table or "", name) is None:
            yield Change("add", f"{found[0]}/columns/-", f"{name} was there before", dict(written))


SPEC = FixSpec(
    id="agree_columns",
    title="Declare columns and types as they were",
    path="schema",
    defects=("schema_drift",),
    order=Order.FILES,
    safe="A change of the schema is often meant: asked.",
    policy=edits.by_choice("a renamed column cannot be told from one dropped and one added: a person decides"),
    plan=lambda finding, _: f"declare the columns of {finding.table} as they were",
    patch=_patch,
)
