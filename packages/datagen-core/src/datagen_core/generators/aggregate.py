"""A number over the row's own children: an order's total, a customer's lifetime value, the time of the last event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from datagen_core.errors import InputError, Problem
from datagen_core.expressions import ExpressionError, parse
from datagen_core.generators.base import ALL_TYPES, NUMBERS, TIMES, GeneratorSpec, Place
from datagen_core.instants import parse_instant
from datagen_core.schema.model import Part, Scalar
from datagen_core.values import Values, from_scalars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from datagen_core.context import Context
    from datagen_core.schema.model import Document, Node

_EARLIEST, _LATEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_SUMMED = frozenset({"sum", "mean"})


class AggregateParams(Part, frozen=True):
    of: str
    op: Literal["sum", "count", "min", "max", "mean"]
    where: str | None = None
    default: Scalar = None

    def child(self, document: Document) -> tuple[str, str | None]:
        """The child table, and the column of it that is meant, if any; table names may hold dots."""
        if document.node(self.of) is not None:
            return self.of, None
        table, dot, column = self.of.rpartition(".")
        return (table, column) if dot else (self.of, None)

    def columns(self, document: Document) -> tuple[str, ...]:
        """The child's columns that are read."""
        _, column = self.child(document)
        return tuple(dict.fromkeys([*([column] if column else []), *sorted(self.condition_columns())]))

    def condition_columns(self) -> frozenset[str]:
        """The child's columns that decide which rows count."""
        if self.where is None:
            return frozenset()
        try:
            return frozenset(parse(self.where).columns())
        except ExpressionError:
            return frozenset()  # reported by the check


class Gathered:
    """Values of children gathered by their parents, in the children's order, so that cutting them changes no sum."""

    def __init__(self, op: str, rows: int, kind: str) -> None:
        self._op = op
        self._whole = kind != "float"
        self.count = np.zeros(rows, dtype=np.int64)
        start = (
            {"min": _LATEST, "max": _EARLIEST}.get(op, 0) if self._whole else {"min": np.inf, "max": -np.inf}.get(op, 0)
        )
        self.value = np.full(rows, start, dtype=np.int64 if self._whole else np.float64)

    def add(self, parents: NDArray[np.int64], values: NDArray[Any] | None) -> None:
        """Some children: the position of each one's parent, and its value; none where rows are counted."""
        self.count += np.bincount(parents, minlength=len(self.count))
        if values is not None and self._op != "count":
            gather = {"min": np.minimum, "max": np.maximum}.get(self._op, np.add)
            gather.at(self.value, parents, values)

    def result(self) -> NDArray[Any]:
        """The value of each parent; arbitrary where it has no child, except for sums and counts."""
        if self._op == "count":
            return self.count
        if self._op == "mean":
            return self.value / np.maximum(self.count, 1)
        return self.value


def _make(params: AggregateParams, context: Context) -> Values:
    table, column = params.child(context.document)
    child = context.document.node(table)
    if child is None:
        raise InputError(f"there is no table {table}")
    source = child.column(column) if column is not None else None
    gathered = Gathered(params.op, context.rows, source.type if source is not None else "int")
    condition = condition_of(params, child)
    for parents, values, rows in context.children(table, params.columns(context.document)):
        counted = condition(values, rows)
        own = values[column] if column is not None else None
        if own is not None:
            counted &= ~own.nulls()
        gathered.add(parents[counted], None if own is None or own.is_text else own.numbers[counted])
    return _with_default(params, gathered, context)


def condition_of(params: AggregateParams, child: Node) -> Callable[[dict[str, Values], int], NDArray[np.bool_]]:
    """Which of some rows of the child count, given the columns that the condition reads."""
    if params.where is None:
        return lambda _values, rows: np.ones(rows, dtype=bool)
    expression = parse(params.where)
    names = sorted(expression.columns())
    types = {column.name: column.type for column in child.columns}

    def condition(values: dict[str, Values], rows: int) -> NDArray[np.bool_]:
        held = expression.evaluate({name: values[name] for name in names}, types, rows)
        return held.numbers.astype(bool) & ~held.nulls()

    return condition


def _with_default(params: AggregateParams, gathered: Gathered, context: Context) -> Values:
    result, childless = gathered.result(), gathered.count == 0
    if params.default is not None:
        default = from_scalars([params.default], context.column.type).numbers[0]
        return Values(np.where(childless, default, result))
    if params.op in {"sum", "count"} or not childless.any():
        return Values(result)
    if not context.column.nullable:
        row = context.first + int(childless.argmax())
        counting = f" where {params.where}" if params.where else ""
        raise InputError(
            f"{context.node.id}.{context.column.name}: row {row} has no {params.of}{counting} to take the {params.op} of; "
            f'make the column nullable, or give a "default"'
        )
    return Values(np.where(childless, 0, result), ~childless)


def _check(params: AggregateParams, place: Place) -> Iterator[Problem]:
    table, column = params.child(place.document)
    children = tuple(node.id for node in place.document.nodes if node.parents[:1] == (place.node.id,))
    child = place.document.node(table)
    if child is None or table not in children:
        reason = f'"{table}" is no table' if child is None else f"{place.node.id} is not the primary parent of {table}"
        hint = "" if children else f'{place.node.id} has no children; a table of "parents": ["{place.node.id}"] is one'
        yield Problem(("of",), reason, received=table if children else None, accepted=children, hint=hint)
        return
    if column is not None and child.column(column) is None:
        accepted = tuple(one.name for one in child.columns)
        yield Problem(("of",), f'{table} has no column "{column}"', received=column, accepted=accepted)
    else:
        yield from _check_types(params, place, child, column)
    yield from _check_where(params, child)


def _check_types(params: AggregateParams, place: Place, child: Node, name: str | None) -> Iterator[Problem]:
    source = child.column(name) if name is not None else None
    if params.op != "count" and source is None:
        accepted = tuple(f"{child.id}.{one.name}" for one in child.columns if one.type in NUMBERS)
        yield Problem(("of",), f"{params.op} needs a column of {child.id}", accepted=accepted)
        return
    kinds = NUMBERS if params.op in _SUMMED else NUMBERS | TIMES
    if params.op != "count" and source is not None and source.type not in kinds:
        yield Problem(("of",), f"{params.of} is {source.type}, which has no {params.op}", accepted=sorted(kinds))
        return
    if place.column is None:
        return
    wanted = TIMES if source is not None and source.type in TIMES and params.op != "count" else NUMBERS
    if place.column.type not in wanted:
        message = f"the {params.op} of {params.of} can't stand in a column of type {place.column.type}"
        yield Problem(("op",), message, accepted=sorted(wanted))
    elif params.default is not None and not _suits(params.default, place.column.type):
        yield Problem(("default",), f"{params.default!r} does not suit the column's type {place.column.type}")


def _suits(value: Scalar, kind: str) -> bool:
    if kind in TIMES:
        return isinstance(value, str) and parse_instant(value) is not None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and (kind == "float" or float(str(value)).is_integer())


def _check_where(params: AggregateParams, child: Node) -> Iterator[Problem]:
    if params.where is None:
        return
    try:
        expression = parse(params.where)
    except ExpressionError as error:
        yield replace(error.problem, pointer=("where",))
        return
    types = {column.name: column.type for column in child.columns}
    lost = sorted(expression.columns() - types.keys())
    for name in lost:
        yield Problem(("where",), f'{child.id} has no column "{name}"', received=name, accepted=tuple(types))
    kind = expression.check(types) if not lost else "bool"
    if isinstance(kind, list):
        yield from (replace(problem, pointer=("where",)) for problem in kind)
    elif kind not in {"bool", "null"}:
        yield Problem(("where",), f"the condition gives {kind}, and has to be true or false")


SPEC = GeneratorSpec(
    name="aggregate",
    params=AggregateParams,
    types=ALL_TYPES,
    make=_make,
    check=_check,
    example={"of": "order_item.line_amount", "op": "sum"},
)
