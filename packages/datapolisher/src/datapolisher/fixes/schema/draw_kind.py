"""A text without the form of its kind: draw it from the generator of that kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

# Kind → the method that makes values of it.
_METHODS = {
    "email": "email",
    "phone": "phone_number",
    "url": "url",
    "uuid": "uuid4",
    "ip": "ipv4",
    "postcode": "postcode",
    "country_code": "country_code",
    "iban": "iban",
    "first_name": "first_name",
    "last_name": "last_name",
    "person_name": "name",
}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place, method = edits.spot(finding, document), _METHODS.get(str(finding.details.get("kind")))
    if place is None or method is None or place.column.get("type") != "string":
        return []
    name, params = place.generator
    if name in {"lookup", "expression"} or (name == "faker" and params.get("method") == method):
        return []
    return edits.generator(place, {"faker": {"method": method}}, f"values are drawn as {finding.details.get('kind')}")


SPEC = FixSpec(
    id="draw_kind",
    title="Draw a text from the generator of its kind",
    path="schema",
    defects=("invalid_format",),
    order=Order.FORMATS,
    safe="The kind is what the column's name and most of its values say; the method stands in the diff.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"draw {finding.table}.{', '.join(finding.columns)} as {finding.details.get('kind')}",
    patch=_patch,
)
