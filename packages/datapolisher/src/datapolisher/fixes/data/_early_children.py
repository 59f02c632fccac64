"""Children earlier than their parent: the two times, and the reference between the tables."""

from __future__ import annotations

from typing import NamedTuple

from datapolisher.documents import Finding, ForeignKey, Target
from datapolisher.expressions import Cast, Column, Expression, ParentValue, call
from datapolisher.fixes.base import Context
from datapolisher.fixes.data._places import comparable, is_date, reference


class Early(NamedTuple):
    """A child's time, its parent's, and the foreign key between them. Where only one is a day, days are compared."""

    table: str
    time: str
    parent: str
    parent_time: str
    link: ForeignKey
    types: tuple[str, str]

    @property
    def where(self) -> Expression:
        """The children that are earlier."""
        born: Expression = ParentValue(self.link.columns, self.parent, self.link.references.columns, self.parent_time)
        own: Expression = Column(self.time)
        if self.types[0] != self.types[1]:
            own, born = (
                node if type_ == "DATE" else Cast(node, "DATE")
                for node, type_ in zip((own, born), self.types, strict=True)
            )
        return call("below", own, born)


def find(finding: Finding, context: Context) -> Early | None:
    """What the finding is about; None where the tables do not have it so."""
    table, related = finding.table or "", finding.location.related
    parent = str(finding.details.get("parent_table") or (related.table if related else "") or "")
    child_time = str(finding.details.get("child_column") or next(iter(finding.columns), ""))
    said = related.columns if related else ()
    parent_time = str(finding.details.get("parent_column") or next(iter(said), ""))
    link = _link(finding, context, parent) if parent in context.dataset.tables else None
    own, born = context.type_of(table, child_time), context.type_of(parent, parent_time)
    if link is None or own is None or born is None or not (is_date(own) and is_date(born)):
        return None
    if own != born and "DATE" not in {own, born}:
        return None
    if not _exists(context, table, link) or not comparable(context, table, link):
        return None
    return Early(table, child_time, parent, parent_time, link, (own, born))


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


def _exists(context: Context, table: str, link: ForeignKey) -> bool:
    own = all(context.type_of(table, name) for name in link.columns)
    return own and all(context.type_of(link.references.table, name) for name in link.references.columns)
