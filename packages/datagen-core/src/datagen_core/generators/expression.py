"""A formula over the row's columns, parsed into our own tree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from datagen_core.errors import InputError, Problem
from datagen_core.expressions import ExpressionError, parse
from datagen_core.generators.base import ALL_TYPES, GeneratorSpec, Place, Reads
from datagen_core.schema.model import Part
from datagen_core.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values


class ExpressionParams(Part, frozen=True):
    code: str


def _make(params: ExpressionParams, context: Context) -> Values:
    types = {column.name: column.type for column in context.node.columns}
    expression = context.once("expression", lambda: parse(params.code))
    columns = {name: context.values(name) for name in sorted(expression.columns())}
    made = expression.evaluate(columns, types, context.rows)
    if not context.column.nullable and (lost := made.nulls()).any():
        row = int(lost.argmax())
        inputs = ", ".join(f"{name} = {shown(values, row)}" for name, values in columns.items())
        raise InputError(
            f"{context.node.id}.{context.column.name}: {params.code} has no value where {inputs} "
            f"(row {context.first + row}); make the column nullable or the formula total"
        )
    return made


def _names(params: ExpressionParams) -> tuple[str, ...]:
    try:
        return tuple(sorted(parse(params.code).columns()))
    except ExpressionError:
        return ()  # reported by the check


def _reads(params: ExpressionParams, _place: Place) -> Reads:
    return Reads(row=_names(params))


def _check(params: ExpressionParams, place: Place) -> Iterator[Problem]:
    try:
        expression = parse(params.code)
    except ExpressionError as error:
        yield replace(error.problem, pointer=("code",))
        return
    types = {column.name: column.type for column in place.node.columns}
    if not expression.columns() <= types.keys() or place.column is None:
        for name in sorted(expression.columns() - types.keys()):
            yield Problem(("code",), f'{place.node.id} has no column "{name}"', received=name, accepted=tuple(types))
        return
    kind = expression.check(types)
    if isinstance(kind, list):
        yield from (replace(problem, pointer=("code",)) for problem in kind)
    elif not _suits(kind, place.column.type):
        yield Problem(("code",), f"the formula gives {kind}, and the column is {place.column.type}")


def _suits(kind: str, wanted: str) -> bool:
    pairs = ({"int", "float"}, {"datetime", "date"})
    return kind in {"null", wanted} or any({kind, wanted} <= pair for pair in pairs)


SPEC = GeneratorSpec(
    name="expression",
    params=ExpressionParams,
    types=ALL_TYPES,
    make=_make,
    reads=_reads,
    check=_check,
    example={"code": "unit_price * quantity"},
)
