"""What a value may not be below or above: the creation of its parents, and the inequalities that the document declares.

An inequality is kept by drawing in order: the smaller column first, then the larger from what is left above it. For
that to leave room, the smaller one stays below the last value that the larger one can have. Where only the smaller can
be drawn (the larger is looked up), it is the one that is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datagen_core.behaviors.creation import creation_column, time_column
from datagen_core.behaviors.references import Way, generator_of, way_to
from datagen_core.errors import Problem
from datagen_core.instants import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Column, Document, Inequality, Node

SERIES = frozenset({"datetime_series", "diffusion_curve"})
NUMERIC = frozenset({"distribution"})
TIMES = frozenset({"datetime", "date"})
SMALLER = frozenset({"<", "<="})


@dataclass(frozen=True, slots=True)
class Bound:
    """A value of another column that bounds a column from below, or from above (`upper`).

    Parameters
    ----------
    way
        How the row finds the row of the other value.
    column, kind
        The other column and its type.
    strict
        Whether the two may not be equal.
    equal
        Whether they must be equal: the column is then a copy of the other one.
    """

    way: Way
    column: str
    kind: str
    strict: bool = False
    upper: bool = False
    equal: bool = False


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The column that will be drawn above this one, in the same row: its last possible value is this one's ceiling."""

    column: str
    strict: bool


def drawable(document: Document, node: Node, column: Column) -> bool:
    """Whether the column is drawn from a range that can be narrowed for each row."""
    name = generator_of(document, node, column).name
    return name in (SERIES if column.type in TIMES else NUMERIC)


def bounds_of(document: Document, node: Node, column: Column) -> tuple[Bound, ...]:
    """Everything that bounds a column."""
    return (*_creations(document, node, column), *_declared(document, node, column))


def _creations(document: Document, node: Node, column: Column) -> Iterator[Bound]:
    """A fact's time comes after each of its parents' creation."""
    if not column.after_parent or column != time_column(node) or not drawable(document, node, column):
        return
    for name in node.parents:
        parent = document.node(name)
        created = creation_column(parent) if parent is not None else None
        way = way_to(document, node, name)
        if created is not None and way is not None:
            yield Bound(way, created.name, created.type)


def _declared(document: Document, node: Node, column: Column) -> Iterator[Bound]:
    for inequality in document.constraints.inequalities:
        plan = resolve(document, inequality)
        if plan is not None and plan[0] == f"{node.id}.{column.name}":
            yield plan[1]


def resolve(document: Document, inequality: Inequality) -> tuple[str, Bound] | None:
    """The column (``table.column``) that gives way to keep an inequality, and what bounds it; None if none can or must."""
    if by_itself(document, inequality):
        return None
    for own, other, upper in _sides(inequality):
        found = _bound(document, inequality.op, own, other, upper=upper)
        if found is not None:
            return own, found
    return None


def _sides(inequality: Inequality) -> Iterator[tuple[str, str, bool]]:
    """(column, other, whether the other bounds it from above): the larger side first."""
    larger_first = inequality.op in SMALLER or inequality.op == "=="
    larger, smaller = (inequality.right, inequality.left) if larger_first else (inequality.left, inequality.right)
    yield larger, smaller, False
    yield smaller, larger, True


def _bound(document: Document, op: str, own: str, other: str, *, upper: bool) -> Bound | None:
    place, target = _find(document, own), _find(document, other)
    if place is None or target is None:
        return None
    node, column = place
    if not (drawable(document, node, column) or (op == "==" and column.generator.name != "lookup")):
        return None
    way = Way("row", node.id) if target[0].id == node.id else way_to(document, node, target[0].id)
    if way is None:
        return None
    return Bound(way, target[1].name, target[1].type, strict=op in {"<", ">"}, upper=upper, equal=op == "==")


def _find(document: Document, attribute: str) -> tuple[Node, Column] | None:
    table, _, name = attribute.rpartition(".")
    node = document.node(table)
    column = node.column(name) if node is not None else None
    return (node, column) if node is not None and column is not None else None


def by_itself(document: Document, inequality: Inequality) -> bool:
    """Whether an inequality holds because of how its sides come to be: nothing has to give way for it."""
    small, large = (_find(document, attribute) for attribute in inequality.ordered)
    if inequality.op == "==" or small is None or large is None:
        return False
    if small[0].touches is not None:  # touches come before their conversion
        times = time_column(small[0]), time_column(large[0])
        return small[0].parents[:1] == (large[0].id,) and (small[1], large[1]) == times
    if inequality.op not in {"<=", ">="}:
        return False
    if large[1].generator.name == "aggregate":
        return small[0].id == large[0].id and _of_later_children(document, *large, small[1])
    later = large[0].process is not None and large[1] == time_column(large[0]) and large[1].after_parent
    return later and _created(document, large[0], *small)


def _of_later_children(document: Document, node: Node, column: Column, small: Column) -> bool:
    """Whether a column is the first or last time of children, none of which is before another column of the row."""
    params = column.generator.params
    name, source = params.child(document)
    child = document.node(name)
    own = child.column(source) if child is not None and source is not None else None
    if child is None or own is None or params.op not in {"min", "max"} or params.default is not None:
        return False
    if child.process is not None:
        return own == time_column(child) and own.after_parent and _created(document, child, node, small)
    return any(bound.way.how == "parent" and bound.column == small.name for bound in _creations(document, child, own))


def _created(document: Document, node: Node, other: Node, column: Column) -> bool:
    """Whether a column is the creation of a table's primary parent, there or looked up."""
    parent = document.node(node.parents[0]) if node.parents else None
    created = creation_column(parent) if parent is not None else None
    if parent is None or created is None:
        return False
    if other.id == node.id:
        return getattr(column.generator.params, "source", None) == f"{parent.id}.{created.name}"
    return (other.id, column) == (parent.id, created)


def ceilings_of(document: Document, node: Node, column: Column) -> Iterator[Ceiling]:
    """The columns of the same row that are drawn above this one."""
    for inequality in document.constraints.inequalities:
        plan = resolve(document, inequality)
        if plan is None:
            continue
        larger, bound = plan
        table, _, name = larger.rpartition(".")
        if table == node.id and bound.way.how == "row" and bound.column == column.name and not bound.upper:
            yield Ceiling(name, bound.strict)


def lowest(kind: str, source: int, *, strict: bool) -> int:
    """The earliest instant of a column of type `kind` that is not before (strictly: after) `source`.

    Works on arrays as on numbers. A date stands for its first instant, so that a date after an instant is a later day.
    """
    if kind == "date":
        return source // DAY * DAY + DAY if strict else -(-source // DAY) * DAY
    return source + 1 if strict else source


def highest(kind: str, source: int, *, strict: bool) -> int:
    """The latest instant of a column of type `kind` that is not after (strictly: before) `source`; on arrays too."""
    if kind == "date":
        return -(-source // DAY) * DAY - 1 if strict else source // DAY * DAY + DAY - 1
    return source - 1 if strict else source


def problems(document: Document) -> Iterator[Problem]:
    """Inequalities that no construction keeps, and times that cannot follow their parents."""
    for index, inequality in enumerate(document.constraints.inequalities):
        sides = [_find(document, attribute) for attribute in (inequality.left, inequality.right)]
        if any(side is None for side in sides):
            continue  # a dangling reference is reported where references are followed
        if resolve(document, inequality) is None and not by_itself(document, inequality):
            yield Problem(
                ("constraints", "inequalities", index),
                f"not yet supported: {inequality.left} {inequality.op} {inequality.right} cannot be kept by construction",
                hint="one side has to be drawn (datetime_series, distribution), and its table has to refer to the other's",
            )
