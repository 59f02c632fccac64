"""Parents that have no children from some time on: take away what keeps children from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "children come until the end of the window"


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    child = finding.location.related.table if finding.location.related else None
    parent = document.node(finding.table or "")
    found = document.node(child) if child else None
    if found is None or parent is None:
        return []
    return [*_windows(found, document), *_effects(found), *_curves(parent)]


def _windows(found: tuple[str, Mapping[str, Any]], document: SchemaDocument) -> Iterator[Change]:
    """The window of a child's times that ends before the document's."""
    end = str((document.tree.get("timeframe") or {}).get("end", ""))
    pointer, node = found
    for i, column in enumerate(node.get("columns", [])):
        params = (column.get("generator") or {}).get("datetime_series")
        within = params.get("within") if isinstance(params, Mapping) else None
        if isinstance(within, Mapping) and str(within.get("end", ""))[:10] < end[:10]:
            yield Change("replace", f"{pointer}/columns/{i}/generator/datetime_series/within/end", _WHY, end)


def _is_effect(modifier: Mapping[str, Any]) -> bool:
    return modifier.get("transform") == "effect"


def _effects(found: tuple[str, Mapping[str, Any]]) -> Iterator[Change]:
    """Effects on the number of children: what they multiply by nearly nothing has none."""
    pointer, node = found
    why = "no effect keeps children from their parents"
    yield from edits.without_modifiers(edits.Spot(pointer, node, ""), _is_effect, why)


def _curves(found: tuple[str, Mapping[str, Any]]) -> Iterator[Change]:
    """A curve that begins with nothing: the young have no children."""
    pointer, node = found
    curves = (node.get("vintage_behavior") or {}).get("age_based_multipliers") or {}
    for name, one in curves.items():
        listed = one.get("curve") if isinstance(one, Mapping) else None
        if isinstance(listed, list) and any(listed) and listed[0] == 0:
            first = next(value for value in listed if value)
            filled = [first if not any(listed[: i + 1]) else value for i, value in enumerate(listed)]
            yield Change(
                "replace", f"{pointer}/vintage_behavior/age_based_multipliers/{edits.part(name)}/curve", _WHY, filled
            )


def _policy(finding: Finding, context: Context) -> Decision:
    child = finding.location.related.table if finding.location.related else None
    found = context.schema.node(child) if context.schema is not None and child else None
    if found is not None and any(_effects(found)):
        return Decision("ask", "the document describes an effect on the number of children, which may be meant")
    return edits.lies_in_schema(finding, context)


SPEC = FixSpec(
    id="reach_all_parents",
    title="Take away what keeps children from their parents from some time on",
    path="schema",
    defects=("childless_parent_jump",),
    order=Order.TIMES,
    safe="Children are drawn over the window of their parents; an effect that the document describes is asked about.",
    policy=_policy,
    plan=lambda finding, _: f"let children of {finding.table} come until the end of the window",
    patch=_patch,
)
