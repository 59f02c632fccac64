"""A declared constraint that does not hold: write it where the engine keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_LISTS = {
    "unique": "unique",
    "foreign_key": "foreign_keys",
    "range": "ranges",
    "inequality": "inequalities",
    "pattern": "pattern",
    "enum": "enum",
}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    kind, entry = finding.details.get("kind"), finding.details.get("constraint")
    if not isinstance(kind, str) or kind not in _LISTS or not isinstance(entry, Mapping | str):
        return []
    stated = dict(entry) if isinstance(entry, Mapping) else entry
    return edits.constraint(document, _LISTS[kind], stated, "declared, and the engine keeps what stands here")


SPEC = FixSpec(
    id="keep_constraint",
    title="Write the constraint where the engine keeps it",
    path="schema",
    defects=("constraint_violated",),
    order=Order.FORMATS,
    safe="Somebody declared the constraint; the data is drawn so that it holds.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"keep the declared constraint on {finding.table}.{', '.join(finding.columns)}",
    patch=_patch,
)
