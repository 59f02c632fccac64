"""A null where the schema wants a value: fill it with the parent's where that is declared, else take the row out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datapolisher.documents import Finding, ForeignKey, Target
from datapolisher.expressions import Expression, KeyIn, ParentValue, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._declared import agrees, as_rounded, generator_of, is_exact, is_rounded
from datapolisher.fixes.data._formulas import formula
from datapolisher.fixes.data._places import Spot, comparable, in_key, spot, words
from datapolisher.steps import Quarantine, Step, Update
from datapolisher.workbench import Workbench


def _known(place: Spot, context: Context) -> Expression | None:
    """The value that the schema declares: the parent's, or that of a formula; None where it means some to be null."""
    column = context.declared_column(place.table, place.column) or {}
    generator = generator_of(place.table, place.column, context)
    if column.get("null_rate"):
        return None
    value: Expression | None = looked_up(place, context)
    if "expression" in generator:
        value = formula(generator["expression"], place.table, context)
        value = as_rounded(value, place.table, place.column, context) if value is not None else None
    known = value is not None and agrees(place, value, context) and is_exact(place, value, context)
    return value if known else None


def looked_up(place: Spot, context: Context) -> ParentValue | None:
    """The parent's value, or that of a reference table by its key, where the schema says that it is looked up there."""
    lookup = generator_of(place.table, place.column, context).get("lookup") or {}
    said = lookup.get("from")
    if not isinstance(said, str) or "." not in said or is_rounded(place.table, place.column, context):
        return None
    parent, _, value = said.partition(".")
    on = lookup.get("on")
    link = _only_link(place.table, parent, context) if on is None else _by_key(place.table, parent, on, context)
    if link is None or context.type_of(parent, value) != place.type:
        return None
    return ParentValue(link.columns, parent, link.references.columns, value)


def _by_key(table: str, other: str, on: Any, context: Context) -> ForeignKey | None:
    """The key by which a row finds its row of a reference table, as the schema says; None where it finds several."""
    pairs = dict(on.items()) if isinstance(on, Mapping) else {}
    if set(pairs) == {"this_key"}:
        pairs = {pairs["this_key"]: pairs["this_key"]}
    own, theirs = tuple(map(str, pairs)), tuple(map(str, pairs.values()))
    known = all(context.type_of(table, name) for name in own) and all(context.type_of(other, name) for name in theirs)
    link = ForeignKey(columns=own, references=Target(table=other, columns=theirs))
    if not pairs or not known or not comparable(context, table, link):
        return None
    return link if context.once(("one by key", other, theirs), lambda: _is_unique(other, theirs, context)) else None


def _is_unique(table: str, key: tuple[str, ...], context: Context) -> bool:
    with Workbench(context.dataset) as bench:
        return not bench.count(table, KeyIn(key, table, key, "repeated"))


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
    return not _left(place, known, context)[0]


def _left(place: Spot, known: Expression, context: Context) -> tuple[int, int]:
    """Nulls whose value is unknown, and those whose value is known."""

    def look() -> tuple[int, int]:
        with Workbench(context.dataset) as bench:
            nulls, unknown = bench.counts(place.table, call("is_null", place.here), [call("is_null", known)])
        return unknown, nulls - unknown

    return context.once(("nulls", place, known), look)


def _policy(finding: Finding, context: Context) -> Decision:
    place = spot(finding, context)
    known = _known(place, context) if place is not None and not in_key(context, place) else None
    if place is not None and _all_known(place, known, context):
        return Decision("fix", "the schema says where each value stands")
    if place is not None and _wanted(finding, place, context):
        return Decision("quarantine", "a value is declared, and it is unknown")
    if place is not None and known is not None and _left(place, known, context)[1]:
        return Decision("fix", "the schema says where these values stand; nulls without one stay")
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
