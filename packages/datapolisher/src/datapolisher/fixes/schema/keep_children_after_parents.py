"""A child is never earlier than its parent: name the parent's creation time, and let the child's time follow it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, Context, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

# A person is born before anything that refers to her; such a time has no business after a parent's creation.
_BIRTH = re.compile(r"(^|_)(birth|dob|born)", re.IGNORECASE)


def _parent(finding: Finding) -> tuple[str, str] | None:
    related = finding.location.related
    table = related.table if related else finding.details.get("parent_table")
    column = (related.columns[0] if related and related.columns else None) or finding.details.get("parent_column")
    return (table, column) if isinstance(table, str) and isinstance(column, str) else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    child, parent = edits.spot(finding, document), _parent(finding)
    node = document.node(finding.table or "")
    created = document.place(*parent) if parent else None
    if child is None or node is None or parent is None or created is None or _BIRTH.search(child.column["name"]):
        return []
    changes = []
    if child.column.get("after_parent") is False:
        changes += edits.drop(
            child.column, child.pointer, "after_parent", "the child's time may not precede its parent"
        )
    if next(iter(node[1].get("parents") or ()), None) == parent[0]:
        changes += _name_creation(document, parent)
    entry = {"left": child.attr, "op": ">=", "right": ".".join(parent)}
    return [*changes, *edits.constraint(document, "inequalities", entry, "the engine keeps what is declared")]


def _name_creation(document: SchemaDocument, parent: tuple[str, str]) -> list[Change]:
    """The creation time where the parent's behaviour over its age names another one, or none.

    Behaviour is not added for it: that would scale the number of children with the parent's life, and the inequality
    alone has the children drawn from what is left of the window.
    """
    found = document.node(parent[0])
    vintage = found[1].get("vintage_behavior") if found else None
    if found is None or not isinstance(vintage, Mapping):
        return []
    reason = f"{parent[0]} begins at {parent[1]}: its children come after that"
    return edits.put(vintage, f"{found[0]}/vintage_behavior", "created_at_column", parent[1], reason)


def _plan(finding: Finding, _: Context) -> str:
    parent = _parent(finding)
    return (
        f"draw {finding.table}.{', '.join(finding.columns)} not before {'.'.join(parent) if parent else 'its parent'}"
    )


SPEC = FixSpec(
    id="keep_children_after_parents",
    title="Let every child's time follow its parent's creation",
    path="schema",
    defects=("temporal_violation",),
    order=Order.TIMES,
    safe="Generated times have no history: drawing them after the parent is what the document should have said.",
    policy=edits.lies_in_schema,
    plan=_plan,
    patch=_patch,
)
