"""Constraints that cannot hold whatever is drawn: refused before anything is written.

Asked only of documents that are right otherwise, so references resolve and the plan has an order.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from datagen_core import registry
from datagen_core.errors import Problem
from datagen_core.generators.base import Place
from datagen_core.graph import circle
from datagen_core.instants import to_text
from datagen_core.plan import plan
from datagen_core.schema.domain import Interval, interval_of, values_of
from datagen_core.schema.preflight.constraints import bound_of
from datagen_core.schema.preflight.scope import columns_of, nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from datagen_core.errors import Pointer
    from datagen_core.schema.model import Column, Document, Node, Scalar

MOST_ROWS = 2**53  # row numbers stay exact in 64-bit floats
_STRICT = frozenset({"<", ">"})


def check(document: Document) -> Iterator[Problem]:
    """Constraints against what the generators of their columns can make."""
    yield from _rows(document)
    yield from _unique(document)
    yield from _enums(document)
    yield from _ranges(document)
    yield from _patterns(document)
    yield from _inequalities(document)
    yield from _chains(document)


def _rows(document: Document) -> Iterator[Problem]:
    """Tables that would have more rows than can be counted."""
    rows = {table.node.id: table.rows for table in plan(document).tables}
    for node, pointer in nodes_of(document):
        if not rows[node.id] <= MOST_ROWS:
            yield Problem(pointer, f"{node.id} would have about {rows[node.id]:.3g} rows; a table has at most 2^53")


def _unique(document: Document) -> Iterator[Problem]:
    rows = {table.node.id: table.rows for table in plan(document).tables}
    seen: set[tuple[str, str]] = set()
    for node, column, pointer in unique_columns(document):
        if (node.id, column.name) not in seen:
            seen.add((node.id, column.name))
            yield from _distinct(document, node, column, rows[node.id], pointer)


def unique_columns(document: Document) -> Iterator[tuple[Node, Column, Pointer]]:
    """Every column in which no value may come twice, with the place that says so."""
    for place, column, pointer in columns_of(document):
        if column.unique:
            yield place.node, column, (*pointer, "unique")
        elif column.constraints is not None and column.constraints.unique:
            yield place.node, column, (*pointer, "constraints", "unique")
    for index, reference in enumerate(document.constraints.unique):
        found = document.resolve(reference)
        if found is not None:
            yield *found, ("constraints", "unique", index)
    for node, pointer in nodes_of(document):
        key = node.column(node.keys[0]) if len(node.keys) == 1 else None
        if key is not None:
            yield node, key, (*pointer, "pk")


def _distinct(document: Document, node: Node, column: Column, rows: float, pointer: Pointer) -> Iterator[Problem]:
    spec = registry.spec("generators", column.generator.name)
    count = spec.distinct(column.generator.params, Place(document, node, column)) if spec is not None else None
    name = f"{node.id}.{column.name}"
    if count is None:
        yield Problem(pointer, f"{name} has to be unique, and {column.generator.name} can't promise that")
    elif 0 <= count < math.floor(min(rows, MOST_ROWS)):
        yield Problem(pointer, f"{name} has to be unique: {count:,} values for {rows:,.0f} rows")


def _enums(document: Document) -> Iterator[Problem]:
    for index, enum in enumerate(document.constraints.enum):
        at: Pointer = ("constraints", "enum", index)
        yield from _enum(document, document.resolve(enum.attr), enum.values, enum.enum_ref, at)
    for place, column, pointer in columns_of(document):
        limits = column.constraints
        if limits is not None:
            found = place.node, column
            yield from _enum(document, found, limits.enum, limits.enum_ref, (*pointer, "constraints", "enum"))


def _enum(
    document: Document,
    found: tuple[Node, Column] | None,
    values: Sequence[Scalar] | None,
    reference: str | None,
    pointer: Pointer,
) -> Iterator[Problem]:
    source = document.resolve(reference) if reference is not None else None
    allowed = values_of(document, *source) if source is not None else values
    made = values_of(document, *found) if found is not None else None
    if found is None or allowed is None or made is None:
        return
    outside = [value for value in dict.fromkeys(made) if value not in allowed]
    if outside:
        shown = ", ".join(repr(value) for value in outside[:5]) + (", …" if len(outside) > 5 else "")
        yield Problem(pointer, f"{found[0].id}.{found[1].name} also takes {shown}, which the enum does not have")


def _ranges(document: Document) -> Iterator[Problem]:
    for index, entry in enumerate(document.constraints.ranges):
        found = document.resolve(entry.attr)
        if found is not None:
            yield from _range(Place(document, *found), (entry.min, entry.max), ("constraints", "ranges", index))
    for place, column, at in columns_of(document):
        if column.constraints is not None:
            limits = column.constraints.min, column.constraints.max
            yield from _range(place, limits, (*at, "constraints"))


def _range(place: Place, limits: tuple[float | str | None, float | str | None], pointer: Pointer) -> Iterator[Problem]:
    column = place.column
    interval = interval_of(place.document, place.node, column) if column is not None else None
    if column is None or interval is None:
        return
    floor, ceiling = bound_of(column, limits[0], end=False), bound_of(column, limits[1], end=True)
    below = floor is not None and interval.high < floor
    above = ceiling is not None and interval.low > ceiling
    if below or above:
        lies = f"{place.node.id}.{column.name} lies in {_shown(interval, column)}"
        bound = f"below min {limits[0]}" if below else f"above max {limits[1]}"
        yield Problem(pointer, f"{lies}, all of it {bound}")


def _shown(interval: Interval, column: Column) -> str:
    if column.type in {"datetime", "date"}:
        return f"[{to_text(int(interval.low))}, {to_text(int(interval.high))}]"
    return f"[{interval.low:g}, {interval.high:g}]"


def _patterns(document: Document) -> Iterator[Problem]:
    for index, entry in enumerate(document.constraints.pattern):
        found = document.resolve(entry.attr)
        if found is not None:
            yield from _pattern(document, *found, entry.regex, ("constraints", "pattern", index, "regex"))
    for place, column, pointer in columns_of(document):
        limits = column.constraints
        if limits is not None and limits.pattern is not None:
            yield from _pattern(document, place.node, column, limits.pattern, (*pointer, "constraints", "pattern"))


def _pattern(document: Document, node: Node, column: Column, regex: str, pointer: Pointer) -> Iterator[Problem]:
    values = values_of(document, node, column) or ()
    wrong = next((value for value in values if re.fullmatch(regex, str(value)) is None), None)
    if wrong is not None:
        yield Problem(pointer, f"{node.id}.{column.name} takes {wrong!r}, which does not match")


def _inequalities(document: Document) -> Iterator[Problem]:
    for index, inequality in enumerate(document.constraints.inequalities):
        left, right = document.resolve(inequality.left), document.resolve(inequality.right)
        if left is None or right is None:
            continue
        one, other = interval_of(document, *left), interval_of(document, *right)
        if one is not None and other is not None and not _can_hold(one, inequality.op, other):
            message = (
                f"{inequality.left} lies in {_shown(one, left[1])} and {inequality.right} in "
                f"{_shown(other, right[1])}: {inequality.op} can't hold"
            )
            yield Problem(("constraints", "inequalities", index), message)


def _can_hold(left: Interval, op: str, right: Interval) -> bool:
    if op == "==":
        return left.low <= right.high and right.low <= left.high
    small, large = (left, right) if op in {"<", "<="} else (right, left)
    return small.low < large.high if op in _STRICT else small.low <= large.high


def _chains(document: Document) -> Iterator[Problem]:
    """a < b, b < c, c < a."""
    below: dict[str, list[str]] = {}
    for inequality in document.constraints.inequalities:
        small, large = inequality.ordered
        if inequality.op in _STRICT:
            below.setdefault(small, []).append(large)
            below.setdefault(large, [])
    names = circle(below)
    if len(names) > 1:
        chain = " < ".join([*names, names[0]])
        first = next(i for i, entry in enumerate(document.constraints.inequalities) if entry.ordered[0] in names)
        yield Problem(("constraints", "inequalities", first), f"the inequalities contradict each other: {chain}")
