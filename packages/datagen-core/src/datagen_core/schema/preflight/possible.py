"""Constraints that cannot hold whatever is drawn: refused before anything is written.

What is in doubt for another mistake is passed over: one mistake is told once.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from datagen_core import registry
from datagen_core.behaviors.keys import key_plan, names_once
from datagen_core.behaviors.references import generator_of
from datagen_core.errors import Problem
from datagen_core.estimate import bounds
from datagen_core.generators.base import TIMES, Place
from datagen_core.generators.lookup import LookupParams
from datagen_core.graph import circle
from datagen_core.instants import to_text
from datagen_core.schema.preflight.constraints import bound_of
from datagen_core.schema.preflight.facts import Doubts, Facts
from datagen_core.schema.preflight.scope import columns_of, nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from datagen_core.behaviors.keys import KeyPlan
    from datagen_core.errors import Pointer
    from datagen_core.schema.domain import Interval
    from datagen_core.schema.model import Column, Document, Fanout, Node, Scalar

MOST_ROWS = 2**53  # row numbers stay exact in 64-bit floats
_STRICT = frozenset({"<", ">"})


def check(document: Document, doubts: Doubts | None = None) -> Iterator[Problem]:
    """Constraints against what the generators of their columns can make, where there is no doubt of either."""
    facts = Facts(document, doubts or Doubts())
    for look in (_rows, _unique, _whole_keys, _keys, _enums, _ranges, _patterns, _inequalities, _chains):
        yield from (problem for problem in look(facts) if facts.stands(problem.pointer))


def _rows(facts: Facts) -> Iterator[Problem]:
    """Tables that would have more rows than can be counted."""
    for node, pointer in nodes_of(facts.document):
        rows = (facts.rows or {}).get(node.id, 0.0)
        if not rows <= MOST_ROWS:
            yield Problem(pointer, f"{node.id} would have about {rows:.3g} rows; a table has at most 2^53")


def _unique(facts: Facts) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for node, column, pointer in unique_columns(facts.document):
        if (node.id, column.name) not in seen | facts.doubts.columns:
            seen.add((node.id, column.name))
            yield from _distinct(facts, node, column, pointer)


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


def _distinct(facts: Facts, node: Node, column: Column, pointer: Pointer) -> Iterator[Problem]:
    use = generator_of(facts.document, node, column)
    spec = registry.spec("generators", use.name)
    if spec is None:
        return
    count = _counted(facts, node, use.params)
    if count is None:
        count = spec.distinct(use.params, Place(facts.document, node, column))
    name = f"{node.id}.{column.name}"
    rows = (facts.rows or {}).get(node.id, 0.0)
    if count is None:
        yield Problem(pointer, f"{name} has to be unique, and {use.name} can't promise that")
    elif 0 <= count < math.floor(min(rows, MOST_ROWS)):
        yield Problem(pointer, f"{name} has to be unique: {count:,} values for {rows:,.0f} rows")


def _whole_keys(facts: Facts) -> Iterator[Problem]:
    """Keys of several columns of which nothing keeps the combinations apart."""
    for node, pointer in nodes_of(facts.document):
        if len(node.keys) > 1 and not any((node.id, name) in facts.doubts.columns for name in node.keys):
            plan = key_plan(facts.document, node)
            named = f"{node.id}.({', '.join(node.keys)})"
            if plan.kind == "none":
                hint = "let one of its columns be unique, or one that is drawn differ among the rows of a parent"
                yield Problem((*pointer, "pk"), f"nothing makes sure that no {named} comes twice", hint=hint)
            elif plan.kind == "siblings":
                yield from _siblings(facts, node, plan, (*pointer, "pk"))
            elif plan.kind == "numbered":
                yield from _numbered(facts, node, (*pointer, "pk"))


def _numbered(facts: Facts, node: Node, pointer: Pointer) -> Iterator[Problem]:
    """A table's rows against the combinations of its key."""
    sizes = [_size(facts, node, column) for name in node.keys if (column := node.column(name)) is not None]
    rows = (facts.rows or {}).get(node.id, 0.0)
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes) and math.prod(known) < math.floor(min(rows, MOST_ROWS)):
        shown = " × ".join(f"{size:,.0f}" for size in known)
        yield Problem(pointer, f"{rows:,.0f} rows, and {shown} values make {math.prod(known):,.0f} keys")


def _size(facts: Facts, node: Node, column: Column) -> float | None:
    """How many values a key column can have."""
    use = generator_of(facts.document, node, column)
    if isinstance(use.params, LookupParams):
        return (facts.rows or {}).get(use.params.table)
    spec = registry.spec("generators", use.name)
    size: int | None = spec.distinct(use.params, Place(facts.document, node, column)) if spec is not None else None
    return None if size is None or size < 0 else float(size)


def _siblings(facts: Facts, node: Node, plan: KeyPlan, pointer: Pointer) -> Iterator[Problem]:
    """A parent's rows against the values that tell them apart."""
    column = node.column(plan.column)
    rows = facts.rows or {}
    listed = facts.values((node, column)) if column is not None and not plan.table else None
    values = rows.get(plan.table) if plan.table else (len(set(listed)) if listed is not None else None)
    if values is None or node.fanout is None:
        return
    mean = rows.get(node.id, 0.0) / max(rows.get(node.parents[0], 0.0), 1.0)
    expected = _most(node.fanout, mean)
    if expected > values:
        message = f"a parent may have {math.ceil(expected)} rows, which the key tells apart by {values:g} values"
        yield Problem(pointer, message, hint=f'bound the fanout with "max": {values:g}')


def _most(fanout: Fanout, mean: float) -> float:
    """As many rows as some parent is bound to have."""
    _, most = bounds(fanout)
    if fanout.distribution == "uniform":
        return most
    return min(most, math.ceil(mean) if fanout.distribution == "fixed" else mean + 4 * math.sqrt(mean))


def _keys(facts: Facts) -> Iterator[Problem]:
    """Foreign keys of columns that a process fills: their words have to be keys there."""
    for index, key in enumerate(facts.document.constraints.foreign_keys):
        found = facts.document.resolve(key.source)
        if found is not None and found[1].generator.name == "state":
            yield from _enum(facts, found, None, key.target, ("constraints", "foreign_keys", index))


def _counted(facts: Facts, node: Node, params: object) -> int | None:
    """How many values a look-up can bring where it brings none twice; None where it might, or where nobody knows."""
    if not isinstance(params, LookupParams):
        return None
    how = names_once(facts.document, node, params)
    if how == "random" and facts.rows is not None:
        return math.floor(facts.rows.get(params.table, 0.0))
    return None if how == "never" else -1


def _enums(facts: Facts) -> Iterator[Problem]:
    for index, enum in enumerate(facts.document.constraints.enum):
        found = facts.document.resolve(enum.attr)
        at: Pointer = ("constraints", "enum", index)
        yield from _enum(facts, found, enum.values, enum.enum_ref, at)
    for place, column, pointer in columns_of(facts.document):
        limits = column.constraints
        if limits is not None:
            found = place.node, column
            yield from _enum(facts, found, limits.enum, limits.enum_ref, (*pointer, "constraints", "enum"))


def _enum(
    facts: Facts,
    found: tuple[Node, Column] | None,
    values: Sequence[Scalar] | None,
    reference: str | None,
    pointer: Pointer,
) -> Iterator[Problem]:
    allowed = facts.values(facts.document.resolve(reference)) if reference is not None else values
    made = facts.values(found)
    if found is None or allowed is None or made is None:
        return
    outside = [value for value in dict.fromkeys(made) if value not in allowed]
    if outside:
        shown = ", ".join(repr(value) for value in outside[:5]) + (", …" if len(outside) > 5 else "")
        yield Problem(
            pointer, f"{found[0].id}.{found[1].name} also takes {shown}, which {reference or 'the enum'} does not have"
        )


def _ranges(facts: Facts) -> Iterator[Problem]:
    for index, entry in enumerate(facts.document.constraints.ranges):
        found = facts.document.resolve(entry.attr)
        yield from _range(facts, found, (entry.min, entry.max), ("constraints", "ranges", index))
    for place, column, pointer in columns_of(facts.document):
        if column.constraints is not None:
            limits = column.constraints.min, column.constraints.max
            yield from _range(facts, (place.node, column), limits, (*pointer, "constraints"))


def _range(
    facts: Facts,
    found: tuple[Node, Column] | None,
    limits: tuple[float | str | None, float | str | None],
    pointer: Pointer,
) -> Iterator[Problem]:
    interval = facts.interval(found)
    if found is None or interval is None:
        return
    node, column = found
    floor, ceiling = bound_of(column, limits[0], end=False), bound_of(column, limits[1], end=True)
    below = floor is not None and interval.high < floor
    above = ceiling is not None and interval.low > ceiling
    if below or above:
        lies = f"{node.id}.{column.name} lies in {_shown(interval, column)}"
        bound = f"below min {limits[0]}" if below else f"above max {limits[1]}"
        yield Problem(pointer, f"{lies}, all of it {bound}")


def _shown(interval: Interval, column: Column) -> str:
    if column.type in TIMES:
        return f"[{to_text(int(interval.low))}, {to_text(int(interval.high))}]"
    return f"[{interval.low:g}, {interval.high:g}]"


def _patterns(facts: Facts) -> Iterator[Problem]:
    for index, entry in enumerate(facts.document.constraints.pattern):
        pointer: Pointer = ("constraints", "pattern", index, "regex")
        if facts.stands(pointer):
            yield from _pattern(facts, facts.document.resolve(entry.attr), entry.regex, pointer)
    for place, column, at in columns_of(facts.document):
        limits = column.constraints
        if limits is not None and limits.pattern is not None:
            yield from _pattern(facts, (place.node, column), limits.pattern, (*at, "constraints", "pattern"))


def _pattern(facts: Facts, found: tuple[Node, Column] | None, regex: str, pointer: Pointer) -> Iterator[Problem]:
    values = facts.values(found)
    if found is None or values is None:
        return
    wrong = next((value for value in values if re.fullmatch(regex, str(value)) is None), None)
    if wrong is not None:
        yield Problem(pointer, f"{found[0].id}.{found[1].name} takes {wrong!r}, which does not match")


def _inequalities(facts: Facts) -> Iterator[Problem]:
    for index, inequality in enumerate(facts.document.constraints.inequalities):
        left, right = facts.document.resolve(inequality.left), facts.document.resolve(inequality.right)
        one, other = facts.interval(left), facts.interval(right)
        if left is None or right is None or one is None or other is None:
            continue
        if not _can_hold(one, inequality.op, other):
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


def _chains(facts: Facts) -> Iterator[Problem]:
    """a < b, b < c, c < a."""
    inequalities = facts.document.constraints.inequalities
    below: dict[str, list[str]] = {}
    for inequality in inequalities:
        small, large = inequality.ordered
        if inequality.op in _STRICT:
            below.setdefault(small, []).append(large)
            below.setdefault(large, [])
    names = circle(below)
    if len(names) > 1:
        chain = " < ".join([*names, names[0]])
        first = next(index for index, entry in enumerate(inequalities) if entry.ordered[0] in names)
        yield Problem(("constraints", "inequalities", first), f"the inequalities contradict each other: {chain}")
