"""A column of another type than it should have: declare the type, and write its values in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_TYPES = {"BIGINT": "int", "INTEGER": "int", "DOUBLE": "float", "DATE": "date", "TIMESTAMP": "datetime"}
_NUMBERS = {"int", "float"}
_LONG = 15  # digits that a double holds without loss


def _wanted(finding: Finding) -> str | None:
    """The type, as the language calls it."""
    said = finding.details.get("declared_type") or finding.details.get("target_type")
    kind = _TYPES.get(str(said), str(said))
    return kind if kind in {*_TYPES.values(), "string", "bool"} else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place, kind = edits.spot(finding, document), _wanted(finding)
    if place is None or kind is None or place.column.get("type") == kind:
        return []
    why = f"the column's type is {kind}"
    return (
        [*edits.put(place.column, place.pointer, "type", kind, why), *made]
        if (made := _generator(finding, document, place, kind, why)) is not None
        else []
    )


def _generator(
    finding: Finding, document: SchemaDocument, place: edits.Spot, kind: str, why: str
) -> list[Change] | None:
    """How the values are made in that type; None where that can't be said."""
    written = edits.expected_column(finding, document)
    if written is not None and edits.reads_known(written, finding.table or "", document):
        changes = edits.generator(place, written["generator"], why)
        given = written.get("modifiers")
        return changes + (
            edits.put(place.column, place.pointer, "modifiers", given, why)
            if given
            else edits.drop(place.column, place.pointer, "modifiers", why)
        )
    listed = edits.choices(place)
    if listed is not None:
        return edits.rewrite_choices(place, {v: _cast(v, kind) for v in listed.values if v is not None}, why)
    name, _ = place.generator
    numeric = {kind, place.column.get("type")} <= _NUMBERS
    return [] if numeric and name in {"distribution", "expression", "lookup", "sequence", "aggregate"} else None


def _cast(value: Any, kind: str) -> Any:
    """A choice in the other type; `REMOVED` where it has no meaning there, or loses some."""
    text = str(value).strip()
    if kind == "string":
        return text
    if kind in _NUMBERS and len(text) <= _LONG:
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:
            return edits.REMOVED
    if kind == "bool":
        return {"true": True, "false": False}.get(text.lower(), edits.REMOVED)
    return text if kind in {"date", "datetime"} and text[:4].isdigit() else edits.REMOVED


def _policy(finding: Finding, context: Context) -> Decision:
    place = edits.spot(finding, context.schema) if context.schema is not None else None
    listed, kind = (edits.choices(place) if place else None), _wanted(finding)
    values = listed.values if listed is not None and finding.defect == "mixed_type" else ()
    if lost := [value for value in values if value is not None and _cast(value, str(kind)) is edits.REMOVED]:
        return Decision("ask", f'"{lost[0]}" is among the choices and is no {kind}: a person says that it may go')
    return edits.lies_in_schema(finding, context)


SPEC = FixSpec(
    id="declare_type",
    title="Declare the column's type and write its values in it",
    path="schema",
    defects=("type_mismatch", "mixed_type"),
    order=Order.TYPES,
    safe="Values are written in the type that is declared, or that all of them have; where one would go, it is asked.",
    policy=_policy,
    plan=lambda finding, _: f"make {finding.table}.{', '.join(finding.columns)} {_wanted(finding)}",
    patch=_patch,
)
