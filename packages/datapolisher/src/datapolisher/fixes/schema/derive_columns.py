"""A result that does not agree with its inputs: compute it from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "a result is computed from what it is the result of"


def _code(finding: Finding, document: SchemaDocument, own: str) -> str | None:
    """The relation over declared columns, as the language writes it; None where a name in it is none of them."""
    said = str(finding.details.get("formula") or "")
    code = said.partition("=")[2].strip() if "=" in said else said.strip()
    names = set(re.findall(r"[A-Za-z_]\w*", code))
    known = names and own not in names and all(document.column(finding.table or "", name) for name in names)
    return code if known and re.fullmatch(r"[\w\s.+*/()-]+", code) else None


def _unmakes(modifier: Mapping[str, Any]) -> bool:
    """Whether a modifier changes a result by more than rounding."""
    return modifier.get("transform") not in {"round", "clamp"}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    said = finding.details.get("result_column")
    place = edits.spot(finding, document, said if isinstance(said, str) else None)
    if place is not None and place.generator[0] in {"expression", "aggregate"}:
        return edits.without_modifiers(place, _unmakes, "what is computed stays as it was computed")
    code = _code(finding, document, str(place.column["name"])) if place else None
    if place is None or code is None:
        return []
    rounded = f"round({code}, 2)" if place.column.get("type") == "float" else code
    return edits.generator(place, {"expression": {"code": rounded}}, _WHY)


SPEC = FixSpec(
    id="derive_columns",
    title="Compute the result of a relation from its inputs",
    path="schema",
    defects=("arithmetic_mismatch", "stale_derived_column"),
    order=Order.DERIVED,
    safe="A generated result has no source but its inputs.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"compute {finding.details.get('result_column')} as {finding.details.get('formula')}",
    patch=_patch,
)
