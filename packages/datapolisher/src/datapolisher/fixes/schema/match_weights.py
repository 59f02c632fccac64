"""Shares that differ from what is declared: give the choices the declared weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_JOURNEYS = ("stage_config", "state_transition_model")
_WHY = "the shares that the finding says are declared"


def _share(declared: Mapping[str, Any], value: Any) -> float | None:
    """The declared share of a choice; a report's keys are texts, and ``true`` may come as ``True``."""
    spellings = (str(value), str(value).lower()) if isinstance(value, bool) else ("" if value is None else str(value),)
    return next((edits.number(declared[s]) for s in spellings if s in declared), None)


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = document.node(finding.table or "")
    by_role = found is not None and any(part in found[1] for part in _JOURNEYS)  # stages and states, not choices
    chosen = [] if by_role else _weighted(finding, document)
    return chosen or _as_in_contract(finding, document)


def _as_in_contract(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    """Patterns of time, stages and transitions as the contract has them, where the document has them otherwise."""
    expected, found = edits.expected_node(finding, document), document.node(finding.table or "")
    if expected is None or found is None:
        return []
    for part in _JOURNEYS:
        if part in expected and part in found[1]:
            return edits.put(found[1], found[0], part, expected[part], f"the {part} of the contract")
    place, written = edits.spot(finding, document), edits.expected_column(finding, document)
    if place is None or written is None or place.generator[0] != "datetime_series":
        return []
    return edits.rhythm(place, written, "the contract's rhythm")


def _weighted(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place, declared = edits.spot(finding, document), finding.details.get("declared")
    listed = edits.choices(place) if place else None
    if place is None or listed is None or not isinstance(declared, Mapping):
        return []
    shares = {i: share for i, value in enumerate(listed.values) if (share := _share(declared, value)) is not None}
    weights = list(shares.values())
    if len(weights) != len(declared) or sum(weights) <= 0:
        return []
    if len(weights) == len(listed.values) and listed.weights and _equal(listed.weights, weights):
        return []
    _, params = place.generator
    pointer = place.inside("choice")
    return [
        *edits.put(params, pointer, "choices", [listed.values[i] for i in shares], "the values that are declared"),
        *edits.drop(params, pointer, "weights_kind", _WHY),
        *edits.put(params, pointer, "weights", [round(weight, 9) for weight in weights], _WHY),
    ]


def _equal(first: Sequence[float], second: Sequence[float]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(edits.close(a / sum(first), b / sum(second)) for a, b in pairs)


SPEC = FixSpec(
    id="match_weights",
    title="Give the choices the weights that are declared",
    path="schema",
    defects=("weights_mismatch",),
    order=Order.CATEGORIES,
    safe="The shares stand in the declaration that the finding was held against.",
    policy=edits.lies_in_schema,
    plan=lambda finding, _: f"weight the choices of {finding.table}.{', '.join(finding.columns)} as declared",
    patch=_patch,
)
