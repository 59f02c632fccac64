"""An end is never before its start: declare the inequality, and the engine draws the pair in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, Context, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _pair(finding: Finding) -> tuple[str, str] | None:
    start, end = finding.details.get("start_column"), finding.details.get("end_column")
    if isinstance(start, str) and isinstance(end, str):
        return start, end
    return (finding.columns[0], finding.columns[1]) if len(finding.columns) == 2 else None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    pair = _pair(finding)
    places = [edits.spot(finding, document, name) for name in pair] if pair else []
    if len(places) != 2 or places[0] is None or places[1] is None:
        return []
    start, end = places[0].attr, places[1].attr
    strict = bool(finding.details.get("strict"))
    said = document.tree.get("constraints", {}).get("inequalities") or []
    if any({one.get("left"), one.get("right")} == {start, end} for one in said):
        return []
    entry = {"left": end, "op": ">" if strict else ">=", "right": start}
    return edits.constraint(document, "inequalities", entry, "the engine draws the pair in order once it is declared")


def _plan(finding: Finding, _: Context) -> str:
    pair = _pair(finding)
    return f"declare {finding.table}.{pair[1]} not before {pair[0]}" if pair else "declare the order of the interval"


SPEC = FixSpec(
    id="order_intervals",
    title="Draw every end after its start",
    path="schema",
    defects=("interval_inverted",),
    order=Order.TIMES,
    safe="Both ends are drawn anew, in order; nothing real is moved.",
    policy=edits.lies_in_schema,
    plan=_plan,
    patch=_patch,
)
