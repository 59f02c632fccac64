"""A step of a funnel that too few go through: let it take what the other steps take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_FLOOR = 0.5


def _stage(finding: Finding, document: SchemaDocument) -> tuple[str, Mapping[str, Any]] | None:
    """The stage that too few reach, with its pointer: the one that is named, else the first after the start."""
    found = document.node(finding.table or "")
    config = found[1].get("stage_config") if found else None
    stages = config.get("stages") if isinstance(config, Mapping) else None
    if found is None or not isinstance(stages, list):
        return None
    named = [(i, s) for i, s in enumerate(stages) if s.get("stage_name") == finding.details.get("to_stage")]
    chosen = named or (list(enumerate(stages))[1:2] if finding.defect == "low_activation" else [])
    return (f"{found[0]}/stage_config/stages/{chosen[0][0]}", chosen[0][1]) if chosen else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    stage = _stage(finding, document)
    aim = edits.number(finding.details.get("others")) or edits.number(finding.details.get("threshold")) or _FLOOR
    if stage is None or not 0 < aim <= 1:
        return []
    pointer, definition = stage
    rate = edits.number(definition.get("transition_rate"))
    if rate is None or rate >= aim:
        return []
    return edits.put(definition, pointer, "transition_rate", round(aim, 4), "as many go on as at the other steps")


SPEC = FixSpec(
    id="raise_transitions",
    title="Let a step of the funnel take as many as the others do",
    path="schema",
    defects=("funnel_leak", "low_activation"),
    order=Order.AGGREGATES,
    safe="That few go on is not by itself an error of the document: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"raise the rate of the step to {finding.details.get('to_stage') or 'activation'}",
    patch=_patch,
)
