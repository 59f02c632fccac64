"""A null where the schema wants a value: fill it with the parent's where that is declared, else take the row out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datapolisher.documents import Finding, ForeignKey
from datapolisher.expressions import Expression, ParentValue, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._formulas import formula
from datapolisher.fixes.data._places import Spot, comparable, in_key, spot, words
from datapolisher.steps import Quarantine, Step, Update
from datapolisher.workbench import Workbench


def _known(place: Spot, context: Context) -> Expression | None:
    """The value that the schema declares: the parent's, or that of a formula."""
    column = context.declared_column(place.table, place.column)
    generator: Any = (column or {}).get("generator") or {}
    if "expression" in generator:
        return formula(generator["expression"], place.table, context)
    return looked_up(place, context)


def looked_up(place: Spot, context: Context) -> ParentValue | None:
    """The parent's value, where the schema says that the column is looked up from a parent."""
    column = context.declared_column(place.table, place.column)
    generator: Any = (column or {}).get("generator") or {}
    said = (generator.get("lookup") or {}).get("from")
    if not isinstance(said, str) or "." not in said or "on" in generator["lookup"]:
        return None
    parent, _, value = said.partition(".")
    link = _only_link(place.table, parent, context)
    if link is None or context.type_of(parent, value) != place.type:
        return None
    return ParentValue(link.columns, parent, link.references.columns, value)


def _only_link(table: str, parent: str, context: Context) -> ForeignKey | None:
    links = [key for key in context.foreign_keys(table) if key.references.table == parent]
    return links[0] if len(links) == 1 and comparable(context, table, links[0]) else None


def _wanted(finding: Finding, place: Spot, context: Context) -> bool:
    """Whether somebody declared that there is a value: the schema, or another tool's check."""
    said = finding.details.get("rule") == "declared" and finding.details.get("nullable_declared") is False
    return context.nullable(place.table, place.column) is False or said


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = spot(finding, context)
    if place is None:
        return []
    known = None if in_key(context, place) else _known(place, context)
    filled = call("first_known", place.here, known) if known else None
    mend: list[Step] = [Update(place.table, place.column, filled)] if filled else []
    if _wanted(finding, place, context) and not _all_known(place, known, context):
        return [*mend, Quarantine(place.table, call("is_null", place.here), "unexpected_null")]
    return mend


def _all_known(place: Spot, known: Expression | None, context: Context) -> bool:
    if known is None:
        return False
    with Workbench(context.dataset) as bench:
        return not bench.count(place.table, call("is_null", call("first_known", place.here, known)))


def _policy(finding: Finding, context: Context) -> Decision:
    place = spot(finding, context)
    if place is not None and not in_key(context, place) and _all_known(place, _known(place, context), context):
        return Decision("fix", "the schema says where each value stands")
    if place is not None and _wanted(finding, place, context):
        return Decision("quarantine", "a value is declared, and it is unknown")
    return Decision("flag", "nobody declared that the column has no nulls, and the values are unknown")


SPEC = FixSpec(
    id="quarantine_nulls",
    title="Fill nulls whose value is known, quarantine the others where a value is declared",
    path="postprocess",
    defects=("unexpected_null",),
    order=Order.DERIVED,
    safe="Only a value that stands elsewhere in the data fills a null; no default, mean or mode.",
    policy=_policy,
    plan=lambda finding, _: f"fill {words(finding)} where the value is known, quarantine the other rows",
    steps=_steps,
)
