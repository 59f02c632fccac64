"""One category, several spellings: one spelling in the list of choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "one category has one spelling"


def _mapping(finding: Finding) -> dict[Any, Any]:
    pairs = [*edits.entries(finding, "variants"), *edits.entries(finding, "values")]
    known = [p for p in pairs if isinstance(p.get("canonical"), str | int | float)]
    return {p["value"]: p["canonical"] for p in known if isinstance(p.get("value"), str | int | float)}


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document)
    listed = edits.choices(place) if place else None
    if place is None or listed is None:
        return []
    mapping = _mapping(finding)
    if finding.defect == "whitespace":
        mapping = {v: " ".join(v.split()) for v in listed.values if isinstance(v, str) and v != " ".join(v.split())}
    return edits.rewrite_choices(place, {old: new for old, new in mapping.items() if old != new}, _WHY)


_MOST = 0.8  # of the rows in one system


def _policy(finding: Finding, context: Context) -> Decision:
    share, declared = edits.number(finding.details.get("system_share")), finding.details.get("declared")
    if finding.defect == "mixed_code_system" and declared is not True and (share is None or share < _MOST):
        return Decision("ask", f"no system is declared, and none holds {_MOST:.0%} of the rows")
    contract = edits.expected_column(finding, context.schema) if context.schema is not None else None
    listed = ((contract or {}).get("generator") or {}).get("choice") or {}
    if twice := sorted(str(value) for value in _mapping(finding) if value in (listed.get("choices") or ())):
        return Decision("ask", f'the contract itself lists "{twice[0]}"')
    return edits.lies_in_schema(finding, context)


SPEC = FixSpec(
    id="respell_choices",
    title="Write each category one way in the list of choices",
    path="schema",
    defects=("category_variant", "mixed_code_system", "whitespace"),
    order=Order.CATEGORIES,
    safe="The spellings stand in the document; their weights add up.",
    policy=_policy,
    plan=lambda finding, _: f"write the choices of {finding.table}.{', '.join(finding.columns)} one way",
    patch=_patch,
)
