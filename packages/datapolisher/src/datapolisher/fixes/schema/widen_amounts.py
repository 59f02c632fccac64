"""Amounts whose first digits are too even: spread them over more orders of magnitude, with the same mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_SIGMA = 1.2  # of the logarithm: about two orders of magnitude between the 2nd and the 98th percentile


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place = edits.spot(finding, document)
    name, said = place.generator if place else ("", {})
    params = said.get("params")
    kind = said.get("type", said.get("kind"))
    if place is None or name != "distribution" or kind != "lognormal" or not isinstance(params, Mapping):
        return []
    centre = "mu" if "mu" in params else "mean"
    mu, sigma = edits.number(params.get(centre)), edits.number(params.get("sigma"))
    if mu is None or sigma is None or sigma >= _SIGMA:
        return []
    moved = round(mu + (sigma**2 - _SIGMA**2) / 2, 4)
    why = "amounts span several orders of magnitude; their mean stays"
    pointer = f"{place.inside(name)}/params"
    return [*edits.put(params, pointer, centre, moved, why), *edits.put(params, pointer, "sigma", _SIGMA, why)]


SPEC = FixSpec(
    id="widen_amounts",
    title="Spread amounts over more orders of magnitude, with the same mean",
    path="schema",
    defects=("benford_violation",),
    order=Order.FORMATS,
    safe="The mean stays; the width stands in the diff for a person to change.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"draw {finding.table}.{', '.join(finding.columns)} more widely",
    patch=_patch,
)
