"""Constraints: whether each says something that could hold of such columns at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datagen_core.errors import Problem
from datagen_core.generators.base import NUMBERS, TIMES
from datagen_core.instants import parse_instant
from datagen_core.schema.preflight.scope import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from datagen_core.errors import Pointer
    from datagen_core.schema.model import Column, Document, ForeignKey, Inequality, Scalar

ALIKE = (NUMBERS, TIMES)
_LOOKS_AROUND = re.compile(r"(?<!\\)(?:\\\\)*(\(\?(?:=|!|<=|<!|>|\()|\\[1-9])")


def check(document: Document) -> Iterator[Problem]:
    """Constraints of the document and of its columns."""
    constraints = document.constraints
    for index, key in enumerate(constraints.foreign_keys):
        yield from _foreign_key(document, key, ("constraints", "foreign_keys", index))
    for index, inequality in enumerate(constraints.inequalities):
        yield from _inequality(document, inequality, ("constraints", "inequalities", index))
    for index, entry in enumerate(constraints.ranges):
        place = ("constraints", "ranges", index)
        if entry.min is None and entry.max is None:
            yield Problem(place, 'a range needs "min", "max" or both')
        yield from _range(_column(document, entry.attr), entry.min, entry.max, place)
    for index, pattern in enumerate(constraints.pattern):
        yield from _pattern(_column(document, pattern.attr), pattern.regex, ("constraints", "pattern", index, "regex"))
    for index, enum in enumerate(constraints.enum):
        place = ("constraints", "enum", index)
        yield from _one_list(enum.values is not None, enum.enum_ref is not None, "values", place, required=True)
        yield from _values(_column(document, enum.attr), enum.values, (*place, "values"))
    for _place, column, pointer in columns_of(document):
        yield from _of_column(column, (*pointer, "constraints"))


def _column(document: Document, reference: str) -> Column | None:
    found = document.resolve(reference)
    return found[1] if found is not None else None


def _of_column(column: Column, pointer: Pointer) -> Iterator[Problem]:
    constraints = column.constraints
    if constraints is None:
        return
    yield from _range(column, constraints.min, constraints.max, pointer)
    if constraints.pattern is not None:
        yield from _pattern(column, constraints.pattern, (*pointer, "pattern"))
    yield from _one_list(
        constraints.enum is not None, constraints.enum_ref is not None, "enum", pointer, required=False
    )
    yield from _values(column, constraints.enum, (*pointer, "enum"))


def _one_list(has_list: bool, has_reference: bool, key: str, pointer: Pointer, *, required: bool) -> Iterator[Problem]:
    if has_list and has_reference:
        yield Problem((*pointer, "enum_ref"), f"{key} and enum_ref exclude each other", hint="keep one", on_key=True)
    elif required and not has_list and not has_reference:
        yield Problem(pointer, f'an enum needs "{key}" or "enum_ref"')


def alike(one: str, other: str) -> bool:
    """Whether values of two column types can be compared."""
    return one == other or any(one in kinds and other in kinds for kinds in ALIKE)


def _foreign_key(document: Document, key: ForeignKey, pointer: Pointer) -> Iterator[Problem]:
    source, target = _column(document, key.source), _column(document, key.target)
    if key.source == key.target:
        yield Problem(pointer, f"{key.source} is a foreign key to itself")
    elif source is not None and target is not None and not alike(source.type, target.type):
        yield Problem(pointer, f"{key.source} is {source.type}, and {key.target} is {target.type}")


def _inequality(document: Document, inequality: Inequality, pointer: Pointer) -> Iterator[Problem]:
    left, right = document.resolve(inequality.left), document.resolve(inequality.right)
    if left is None or right is None:
        return
    if not alike(left[1].type, right[1].type):
        yield Problem(pointer, f"{inequality.left} is {left[1].type}, and {inequality.right} is {right[1].type}")
    elif left[1].type == "bool":
        yield Problem(pointer, "true and false have no order")
    if inequality.left == inequality.right and inequality.op in {"<", ">"}:
        yield Problem(pointer, f"{inequality.left} can't be {inequality.op} itself")
    if left[0].id != right[0].id and not _joined(document, left[0].id, right[0].id):
        message = f"no foreign key joins {left[0].id} and {right[0].id}"
        yield Problem(pointer, message, hint="declare it under constraints.foreign_keys")


def _joined(document: Document, one: str, other: str) -> bool:
    """Whether rows of two tables belong together: by a foreign key, or as parent and child."""
    pair = {one, other}
    keys = document.constraints.foreign_keys
    if any({key.source.rpartition(".")[0], key.target.rpartition(".")[0]} == pair for key in keys):
        return True
    return any(node.id in pair and pair - {node.id} <= set(node.parents) for node in document.nodes)


def _range(
    column: Column | None, low: float | str | None, high: float | str | None, pointer: Pointer
) -> Iterator[Problem]:
    if column is None or (low is None and high is None):
        return
    if column.type not in NUMBERS | TIMES:
        message = f"a range is for numbers and times, and {column.name} is {column.type}"
        yield Problem(pointer, message)
        return
    bounds: list[float | None] = []
    for key, bound in (("min", low), ("max", high)):
        number = bound_of(column, bound, end=key == "max")
        if bound is not None and number is None:
            wanted = "an ISO 8601 instant" if column.type in TIMES else "a number"
            yield Problem((*pointer, key), f"{bound!r} is not {wanted}, and {column.name} is {column.type}")
        bounds.append(number)
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        yield Problem((*pointer, "min"), f"min {low} lies above max {high}")


def bound_of(column: Column, bound: float | str | None, *, end: bool) -> float | None:
    """A bound as a number: microseconds since 1970 for times; None where it is not given or does not suit the column."""
    if column.type in TIMES:
        return parse_instant(bound, end=end) if isinstance(bound, str) else None
    return None if isinstance(bound, str) else bound


def _pattern(column: Column | None, regex: str, pointer: Pointer) -> Iterator[Problem]:
    if column is not None and column.type != "string":
        yield Problem(pointer, f"a pattern is for strings, and {column.name} is {column.type}")
    try:
        re.compile(regex)
    except (re.error, RecursionError, OverflowError) as error:
        yield Problem(pointer, f"the regular expression does not compile: {error}")
        return
    found = _LOOKS_AROUND.search(regex)
    if found is not None:
        message = f"{found.group(1)} at character {found.start(1) + 1} is no part of a regular language"
        yield Problem(pointer, message, hint="write it without look-around and back-references")


def _values(column: Column | None, values: Sequence[Scalar] | None, pointer: Pointer) -> Iterator[Problem]:
    if values is None:
        return
    if not values:
        yield Problem(pointer, "the list of values is empty")
    for index, value in enumerate(values if column is not None else ()):
        if column is not None and not suits(value, column):
            yield Problem((*pointer, index), f"{value!r} does not suit {column.name}, which is {column.type}")


def suits(value: Scalar, column: Column) -> bool:
    """Whether a value of a document can stand in a column."""
    if value is None:
        return column.nullable
    if column.type in TIMES:
        return isinstance(value, str) and parse_instant(value) is not None
    if isinstance(value, bool):
        return column.type == "bool"
    if isinstance(value, int | float):
        return column.type == "float" or (column.type == "int" and float(value).is_integer())
    return column.type == "string"
