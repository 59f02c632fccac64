"""A feature that few take up: let its curve rise earlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_EARLIER = 0.35


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = document.node(finding.table or "")
    columns = enumerate(found[1].get("columns", [])) if found else []
    for i, column in columns:
        params = (column.get("generator") or {}).get("diffusion_curve")
        if isinstance(params, Mapping) and found is not None:
            inflection = edits.number(params.get("inflection_point", 0.5))
            if inflection is not None and inflection > _EARLIER:
                pointer = f"{found[0]}/columns/{i}/generator/diffusion_curve"
                return edits.put(params, pointer, "inflection_point", _EARLIER, "the feature is taken up earlier")
    return []


SPEC = FixSpec(
    id="steepen_adoption",
    title="Let a feature be taken up earlier",
    path="schema",
    defects=("low_adoption",),
    order=Order.TIMES,
    safe="That few use a feature is no error by itself: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"let {finding.table} be taken up earlier",
    patch=_patch,
)
