"""A child that is earlier than its parent: take the child out where the rule is declared."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding, ForeignKey, Target
from datapolisher.expressions import Column, ParentValue, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import comparable, is_date, quarantine_if_declared, reference, words
from datapolisher.steps import Quarantine, Step


def _names(finding: Finding, name: str) -> tuple[str, ...]:
    said = finding.details.get(name)
    return tuple(map(str, said)) if isinstance(said, list) else ()


def _link(finding: Finding, context: Context, parent: str) -> ForeignKey | None:
    """The foreign key to the parent: as the finding names it, or the only one that the report knows."""
    own, other = _names(finding, "foreign_key"), _names(finding, "parent_key")
    if own and len(own) == len(other):
        return ForeignKey(columns=own, references=Target(table=parent, columns=other))
    known = [key for key in context.foreign_keys(finding.table or "") if key.references.table == parent]
    return known[0] if len(known) == 1 else reference(finding, context)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    table, related = finding.table or "", finding.location.related
    parent = str(finding.details.get("parent_table") or (related.table if related else "") or "")
    child_time = str(finding.details.get("child_column") or next(iter(finding.columns), ""))
    said = related.columns if related else ()
    parent_time = str(finding.details.get("parent_column") or next(iter(said), ""))
    link = _link(finding, context, parent) if parent in context.dataset.tables else None
    types = (context.type_of(table, child_time), context.type_of(parent, parent_time))
    if link is None or not all(type_ and is_date(type_) for type_ in types) or types[0] != types[1]:
        return []
    if not _exists(context, table, link) or not comparable(context, table, link):
        return []
    earlier = call("below", Column(child_time), ParentValue(link.columns, parent, link.references.columns, parent_time))
    return [Quarantine(table, earlier, "temporal_violation")]


def _exists(context: Context, table: str, link: ForeignKey) -> bool:
    own = all(context.type_of(table, name) for name in link.columns)
    return own and all(context.type_of(link.references.table, name) for name in link.references.columns)


def _policy(finding: Finding, context: Context) -> Decision:
    if finding.details.get("common_offset_seconds"):
        return Decision("ask", "one offset explains most of them: a time zone, not wrong rows")
    return quarantine_if_declared(finding, context)


SPEC = FixSpec(
    id="quarantine_early_children",
    title="Quarantine children that are earlier than their parent",
    path="postprocess",
    defects=("temporal_violation",),
    order=Order.TIMES,
    safe="Either time may be the wrong one: no time is moved, the child is held in quarantine.",
    policy=_policy,
    plan=lambda finding, _: f"quarantine rows of {words(finding)} that are earlier than their parent",
    steps=_steps,
)
