"""Keys without a parent: draw them from the parent's keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "a key that refers to another table comes from that table"


def _target(finding: Finding, document: SchemaDocument) -> str | None:
    related = finding.location.related
    if related is None or related.table is None:
        return None
    columns = related.columns or document.pk(related.table)
    known = len(columns) == 1 and document.column(related.table, columns[0]) is not None
    return f"{related.table}.{columns[0]}" if known else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place, target = edits.spot(finding, document), _target(finding, document)
    if place is None or target is None or len(finding.columns) != 1:
        return []
    name, params = place.generator
    changes = []
    if name != "lookup" or params.get("from") != target:
        changes += edits.generator(place, {"lookup": {"from": target}}, _WHY)
    return [*changes, *edits.constraint(document, "foreign_keys", {"from": place.attr, "to": target}, _WHY)]


SPEC = FixSpec(
    id="look_up_parents",
    title="Draw foreign keys from the parent's keys",
    path="schema",
    defects=("foreign_key_orphan",),
    order=Order.FOREIGN_KEYS,
    safe="Every drawn key has its parent by construction.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"look {finding.table}.{', '.join(finding.columns)} up in its parent",
    patch=_patch,
)
