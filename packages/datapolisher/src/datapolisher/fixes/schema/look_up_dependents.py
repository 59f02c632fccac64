"""A value that another determines, drawn by itself: look it up by what determines it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _columns(finding: Finding) -> tuple[str, str] | None:
    """What determines, and what depends; of one column each."""
    by, dependent = finding.details.get("determinant"), finding.details.get("dependent")
    by = by[0] if isinstance(by, list | tuple) and len(by) == 1 else by
    return (by, dependent) if isinstance(by, str) and isinstance(dependent, str) else None


def _lookup(finding: Finding, document: SchemaDocument, by: str, dependent: str) -> dict[str, Any] | None:
    """The lookup of the dependent's namesake in the table that the determinant comes from."""
    table = finding.table or ""
    determinant = document.column(table, by) or {}
    source = str(((determinant.get("generator") or {}).get("lookup") or {}).get("from") or "")
    home, _, key = source.rpartition(".")
    names = (dependent, dependent.removeprefix(f"{home}_"))
    told = next((name for name in names if document.column(home, name) is not None), None)
    if not home or told is None or home == table:
        return None
    found = document.node(table)
    primary = next(iter(found[1].get("parents") or ()), None) if found else None
    by_key = {} if home == primary else {"on": {by: key}}
    return {"from": f"{home}.{told}", **by_key}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    pair = _columns(finding)
    place = edits.spot(finding, document, pair[1]) if pair else None
    lookup = _lookup(finding, document, *pair) if pair else None
    if place is None or lookup is None or place.generator[0] == "lookup":
        return []
    why = f"{pair[1]} is what {lookup['from']} says" if pair else ""
    changes = edits.generator(place, {"lookup": lookup}, why)
    return changes + edits.drop(place.column, place.pointer, "modifiers", why)


SPEC = FixSpec(
    id="look_up_dependents",
    title="Look a value up by what determines it",
    path="schema",
    defects=("dependency_violation",),
    order=Order.DERIVED,
    safe="The value stands in the table that the determining key comes from.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: (
        f"look {finding.table}.{finding.details.get('dependent')} up by {finding.details.get('determinant')}"
    ),
    patch=_patch,
)
