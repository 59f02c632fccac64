"""Blanks around values, the invisible kinds included, and runs of them inside names and categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Call, Column, Expression, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, text_spot, words
from datapolisher.sql import ident
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench

_SQUEEZED = frozenset(
    {"first_name", "last_name", "person_name", "category", "status", "city", "country", "channel", "plan"}
)
_LEFT = frozenset({"free_text", "password"})


def _trimmed(column: str, *, squeeze: bool) -> Call:
    value: Expression = Column(column)
    return call("trim", call("squeeze", value) if squeeze else value)


def _same_keys(context: Context, spot: Spot) -> Iterator[tuple[str, str]]:
    """The column, and every column that refers to it or that it refers to: they change together or not at all."""
    yield spot.table, spot.column
    for child, key in context.references_to(spot.table):
        for own, parent in zip(key.columns, key.references.columns, strict=True):
            if parent == spot.column:
                yield child, own
    for key in context.foreign_keys(spot.table):
        for own, parent in zip(key.columns, key.references.columns, strict=True):
            if own == spot.column:
                yield key.references.table, parent


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    spot = text_spot(finding, context)
    role = context.role_of(spot.table, spot.column) if spot else None
    if spot is None or role in _LEFT:
        return []
    squeeze = role in _SQUEEZED
    places = dict.fromkeys(_same_keys(context, spot)) if in_key(context, spot) else {(spot.table, spot.column): None}
    return [Update(table, column, _trimmed(column, squeeze=squeeze)) for table, column in places]


def _collides(finding: Finding, context: Context) -> bool:
    """Whether two values of a key would become one; of a reference to a key many rows say the same."""
    spot = text_spot(finding, context)
    if spot is None or not in_key(context, spot):
        return False
    with Workbench(context.dataset) as bench:
        for table, column in dict.fromkeys(_same_keys(context, spot)):
            for key in _unique(context, table, column):
                names = [ident(name) for name in key]
                bare = [f"trim_blanks({ident(name)})" if name == column else ident(name) for name in key]
                counts = f"SELECT count(DISTINCT ({', '.join(names)})), count(DISTINCT ({', '.join(bare)}))"
                before, after = bench.rows(f"{counts} FROM {bench.relation(table)}")[0]
                if before != after:
                    return True
    return False


def _unique(context: Context, table: str, column: str) -> Iterator[tuple[str, ...]]:
    """The keys of a table that the column is part of: its own, and those that others refer to."""
    keys = [context.primary_key(table), *(key.references.columns for _, key in context.references_to(table))]
    yield from dict.fromkeys(key for key in keys if column in key)


def _policy(finding: Finding, context: Context) -> Decision:
    if _collides(finding, context):
        return Decision("ask", "two values of a key would become one")
    return Decision("fix", "the same word without the blanks around it")


SPEC = FixSpec(
    id="trim_whitespace",
    title="Trim blanks around values",
    path="postprocess",
    defects=("whitespace",),
    order=Order.WHITESPACE,
    safe="Blanks at the ends carry no meaning; free text stays, keys change on both sides and only if none collide.",
    policy=_policy,
    plan=lambda finding, _: f"trim {words(finding)}, the no-break and zero-width kinds included",
    steps=_steps,
)
