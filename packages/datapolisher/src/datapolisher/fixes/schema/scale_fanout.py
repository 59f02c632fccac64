"""Too many or too few children: take over the declared fanout, or scale the rate by what was missed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "the mean number of children that is declared"


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = document.node(finding.table or "")
    if found is None or found[1].get("kind") != "fact":
        return []
    pointer, node = found
    curve = _curve(finding, document)
    if curve or finding.check.endswith("curve_mismatch"):  # its means are shares of one age
        return curve
    declared, fanout = finding.details.get("declared"), node.get("fanout")
    if isinstance(declared, Mapping) and "distribution" in declared and declared != fanout:
        return edits.put(node, pointer, "fanout", dict(declared), _WHY)
    observed = edits.number(finding.details.get("observed_mean"))
    expected = edits.number(finding.details.get("expected_mean"))
    if not observed or not expected or not isinstance(fanout, Mapping):
        return []
    return _scaled(fanout, f"{pointer}/fanout", expected / observed)


def _curve(finding: Finding, document: SchemaDocument) -> list[Change]:
    """The curve over the parent's age as the contract has it, where it is the curve that differs."""
    parent = finding.location.related.table if finding.location.related else None
    expected = document.contract.node(parent) if document.contract is not None and parent else None
    found = document.node(parent) if parent else None
    if expected is None or found is None or "vintage_behavior" not in expected[1]:
        return []
    return edits.put(
        found[1], found[0], "vintage_behavior", expected[1]["vintage_behavior"], "the curve that is declared"
    )


def _scaled(fanout: Mapping[str, Any], pointer: str, factor: float) -> list[Change]:
    changes: list[Change] = []
    rate = edits.number(fanout.get("lambda"))
    if fanout.get("distribution") == "uniform":
        for key in ("min", "max"):
            bound = edits.number(fanout.get(key))
            changes += edits.put(fanout, pointer, key, round(bound * factor), _WHY) if bound is not None else []
        return changes
    if rate is None:
        return []
    scaled = float(f"{rate * factor:.4g}")
    changes += edits.put(fanout, pointer, "lambda", scaled, _WHY)
    ceiling = edits.number(fanout.get("max"))
    needed = math.ceil(scaled + 4 * math.sqrt(scaled))  # four deviations of a Poisson count
    return changes + (
        edits.put(fanout, pointer, "max", needed, _WHY) if ceiling is not None and ceiling < scaled else []
    )


SPEC = FixSpec(
    id="scale_fanout",
    title="Bring the fanout to its declared mean",
    path="schema",
    defects=("fanout_mismatch",),
    order=Order.AGGREGATES,
    safe="Rows are drawn anew; none is added to or taken from data that exists.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"draw as many {finding.table} per parent as declared",
    patch=_patch,
)
