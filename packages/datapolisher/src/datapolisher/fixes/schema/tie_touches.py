"""Conversions and touches that do not fit together: give every conversion touches, within the window that is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "a conversion has touches, and they lie before it within the window"


def _chains(document: SchemaDocument) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Table of conversions, pointer of its chain, the chain."""
    for i, node in enumerate(document.tree.get("nodes", [])):
        chain = node.get("attribution_chain")
        if isinstance(chain, Mapping):
            yield str(node.get("id")), f"/nodes/{i}/attribution_chain", chain


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    related = finding.location.related.table if finding.location.related else None
    places = {finding.table, related}
    for table, pointer, chain in _chains(document):
        if {table, chain.get("touchpoint_table_name")} & places:
            return _in_chain(finding, document, table, pointer, chain)
    return _in_table(finding, document, related)


def _in_chain(
    finding: Finding, document: SchemaDocument, table: str, pointer: str, chain: Mapping[str, Any]
) -> list[Change]:
    """A chain's window as the contract has it; a chain gives touches to every conversion, before it, by itself."""
    if finding.details.get("kind") != "outside_window" or document.contract is None:
        return []
    found = document.contract.node(table)
    meant = (found[1].get("attribution_chain") or {}) if found else {}
    days = edits.number(meant.get("time_window_days"))
    return edits.put(chain, pointer, "time_window_days", days, _WHY) if days is not None else []


def _in_table(finding: Finding, document: SchemaDocument, related: str | None) -> list[Change]:
    """Touches that are a table of their own: at least one for each conversion, and none after it."""
    kind = finding.details.get("kind")
    if kind == "untouched":
        found = document.node(related or "")
        fanout = found[1].get("fanout") if found else None
        is_child = found is not None and next(iter(found[1].get("parents") or ()), None) == finding.table
        if found is None or not is_child or not isinstance(fanout, Mapping) or fanout.get("min"):
            return []
        return edits.put(fanout, f"{found[0]}/fanout", "min", 1, _WHY)
    other = finding.location.related
    place = edits.spot(finding, document)
    converted = document.place(other.table, other.columns[0]) if other and other.table and other.columns else None
    if kind != "after_conversion" or place is None or other is None or converted is None:
        return []
    entry = {"left": place.attr, "op": "<=", "right": f"{other.table}.{other.columns[0]}"}
    before = edits.put(place.column, place.pointer, "after_parent", False, _WHY)
    return [*before, *edits.constraint(document, "inequalities", entry, _WHY)]


def _policy(finding: Finding, context: Context) -> Decision:
    """A window that the contract declares is a declaration; all else is a fact about the business."""
    declared = finding.details.get("rule") == "declared" and finding.details.get("kind") == "outside_window"
    if declared and context.schema is not None and context.schema.contract is not None:
        return edits.regenerate("the contract declares the window that the touches lie outside of")
    return edits.if_expected(finding, context)


SPEC = FixSpec(
    id="tie_touches",
    title="Give every conversion touches within its window",
    path="schema",
    defects=("attribution_gap",),
    order=Order.AGGREGATES,
    safe="Direct conversions have no touches by nature: asked, unless a target is broken.",
    policy=_policy,
    plan=lambda finding, _: f"let every conversion of {finding.table} have touches within its window",
    patch=_patch,
)
