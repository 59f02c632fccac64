"""By choice: values that are not in the declared list are new, true categories: the list gets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_REASON = "a new, true category, as a person says"


def _values(finding: Finding) -> list[str]:
    """The values that were found and are not in the list."""
    said = finding.details.get("values")
    listed = [one.get("value") for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    return [value for value in listed if isinstance(value, str)]


def _lists(finding: Finding, document: SchemaDocument) -> Iterator[tuple[str, list[Any]]]:
    """The lists that the document declares for the column, each with its pointer."""
    place = edits.spot(finding, document)
    if place is None:
        return
    own = (place.column.get("constraints") or {}).get("enum")
    if isinstance(own, list):
        yield f"{place.pointer}/constraints/enum", own
    declared = (document.tree.get("constraints") or {}).get("enum")
    for number, entry in enumerate(declared if isinstance(declared, list) else []):
        if entry.get("attr") == place.attr and isinstance(entry.get("values"), list):
            yield f"/constraints/enum/{number}/values", entry["values"]


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    return [
        Change("add", f"{pointer}/-", _REASON, value)
        for pointer, listed in _lists(finding, document)
        for value in _values(finding)
        if value not in listed
    ]


SPEC = FixSpec(
    id="extend_list",
    title="Add values to the declared list of a column",
    path="schema",
    defects=("unknown_category",),
    order=Order.CATEGORIES,
    safe="The declaration changes, and not the data: only a person knows that a value is a new, true category.",
    policy=edits.by_choice("that a value is a new, true category only a person knows"),
    plan=lambda finding, _: (
        f"add {', '.join(map(repr, _values(finding)[:5]))} to the list of {finding.table}.{', '.join(finding.columns)}"
    ),
    patch=_patch,
    by_choice=True,
)
