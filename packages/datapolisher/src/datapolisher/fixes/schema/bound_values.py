"""Values outside their range: bound the distribution, and declare the range so that the engine keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _bounds(finding: Finding) -> tuple[float | None, float | None]:
    if finding.defect == "negative_amount":
        return 0.0, None
    said = finding.details if {"min", "max"} & set(finding.details) else finding.evidence.expected
    said = said if isinstance(said, dict) else {}
    return edits.number(said.get("min")), edits.number(said.get("max"))


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place, (low, high) = edits.spot(finding, document), _bounds(finding)
    if place is None or (low is None and high is None) or place.column.get("type") not in {"int", "float"}:
        return []
    reason = f"values lie within {'…' if low is None else low} and {'…' if high is None else high}"
    name, params = place.generator
    changes: list[Change] = []
    for key in ("clamp", "truncate"):
        bounds = edits.narrowed(params.get(key), low, high) if name == "distribution" and key in params else None
        changes += edits.put(params, place.inside(name), key, bounds, reason) if bounds else []
    return [*changes, *_range(document, place.attr, low, high, reason)]


def _range(document: SchemaDocument, attr: str, low: float | None, high: float | None, reason: str) -> list[Change]:
    said = document.tree.get("constraints", {}).get("ranges") or []
    found = next(((i, one) for i, one in enumerate(said) if one.get("attr") == attr), None)
    if found is None:
        bounds: dict[str, Any] = {"min": low, "max": high}
        entry = {"attr": attr, **{key: value for key, value in bounds.items() if value is not None}}
        return edits.constraint(document, "ranges", entry, reason)
    i, one = found
    lows = [b for b in (one.get("min"), low) if b is not None]
    highs = [b for b in (one.get("max"), high) if b is not None]
    changes = edits.put(one, f"/constraints/ranges/{i}", "min", max(lows), reason) if lows else []
    return changes + (edits.put(one, f"/constraints/ranges/{i}", "max", min(highs), reason) if highs else [])


def _plan(finding: Finding, _: object) -> str:
    low, high = _bounds(finding)
    return f"keep {finding.table}.{', '.join(finding.columns)} between {low} and {high}"


def _policy(finding: Finding, context: Context) -> Decision:
    if finding.defect == "negative_amount":
        return Decision("ask", "refunds, corrections and credits are negative: a person says that here is none")
    if not context.declared(finding):
        return Decision("ask", "the range was read off the data: nobody declared it")
    return edits.lies_in_schema(finding, context)


SPEC = FixSpec(
    id="bound_values",
    title="Bound the distribution and declare the range",
    path="schema",
    defects=("out_of_range", "negative_amount"),
    order=Order.FORMATS,
    safe="Generated values are drawn within the declared range; a range that nobody declared is asked about.",
    policy=_policy,
    plan=_plan,
    patch=_patch,
)
