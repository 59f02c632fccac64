"""A declared constraint that does not hold: write it where the engine keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

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


_ENDS = ("attr", "left", "right", "from", "to")


def _stated(entry: Mapping[str, Any] | str) -> dict[str, Any] | str:
    """The entry as the document's list has it: a unique column stands there by its name alone."""
    if isinstance(entry, Mapping) and set(entry) == {"unique"}:
        return str(entry["unique"])
    return dict(entry) if isinstance(entry, Mapping) else entry


def _speaks_of(entry: dict[str, Any] | str, document: SchemaDocument) -> bool:
    """Whether every column that the constraint names is declared."""
    named = [entry] if isinstance(entry, str) else [entry[end] for end in _ENDS if end in entry]
    places = [str(name).rpartition(".") for name in named]
    return bool(places) and all(document.column(table, column) is not None for table, _, column in places)


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    kind, entry = finding.details.get("kind"), finding.details.get("constraint")
    if not isinstance(kind, str) or kind not in _LISTS or not isinstance(entry, Mapping | str):
        return []
    stated = _stated(entry)
    if not _speaks_of(stated, document):
        return []
    changes = edits.constraint(document, _LISTS[kind], stated, "declared, and the engine keeps what stands here")
    return [*_unique_by_nature(document, stated), *changes] if isinstance(stated, str) else changes


def _unique_by_nature(document: SchemaDocument, attr: str) -> list[Change]:
    """Whole numbers that have to be unique are counted: what is drawn can't promise not to repeat."""
    table, _, column = attr.rpartition(".")
    place = document.place(table, column)
    spot = edits.Spot(*place, attr) if place else None
    if spot is None or spot.column.get("type") != "int" or spot.generator[0] not in {"distribution", "choice"}:
        return []
    changes = edits.generator(spot, {"sequence": {"start": 1, "step": 1}}, "a number that has to be unique is counted")
    return changes + edits.drop(spot.column, spot.pointer, "modifiers", "a count is left as it is")


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
