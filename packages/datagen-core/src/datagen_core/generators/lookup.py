"""A value of another table's row: the parent's, a random row's, or the one whose key agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from datagen_core.errors import InputError, Problem
from datagen_core.generators.base import ALL_TYPES, GeneratorSpec, Place, Reads
from datagen_core.schema.model import Part
from datagen_core.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values

THIS_KEY = "this_key"  # ``{"this_key": "k"}`` joins k with k; any other key is a column of this row


class LookupParams(Part, frozen=True):
    source: str = msgspec.field(name="from")
    on: dict[str, str] | None = None

    @property
    def table(self) -> str:
        """The table that is looked into."""
        return self.source.rpartition(".")[0]

    @property
    def column(self) -> str:
        """The column that is looked up."""
        return self.source.rpartition(".")[2]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The columns that have to agree, as (this row's, that table's)."""
        return tuple((other if mine == THIS_KEY else mine, other) for mine, other in (self.on or {}).items())


def _make(params: LookupParams, context: Context) -> Values:
    if params.pairs:
        return _joined(params, context)
    if context.node.parents and context.node.parents[0] == params.table:
        return context.parent(params.column)
    return context.pick(params.table, params.column)


def _joined(params: LookupParams, context: Context) -> Values:
    found = context.join(params.table, params.pairs, params.column)
    if not context.column.nullable and (lost := found.nulls()).any():
        row = int(lost.argmax())
        keys = ", ".join(f"{mine} = {shown(context.values(mine), row)}" for mine, _ in params.pairs)
        raise InputError(
            f"{context.node.id}.{context.column.name}: no row of {params.table} for {keys} "
            f"(row {context.first + row}); make the column nullable or the keys agree"
        )
    return found


def _reads(params: LookupParams, _place: Place) -> Reads:
    local = tuple(mine for mine, _ in params.pairs)
    tables = ((params.table, params.column), *((params.table, other) for _, other in params.pairs))
    return Reads(row=local, tables=tables)


def _check(params: LookupParams, place: Place) -> Iterator[Problem]:
    if not params.table or not params.column:
        yield Problem(("from",), f'"{params.source}" is not of the form table.column')
        return
    if params.on is not None and not params.on:
        yield Problem(("on",), "on is empty", hint="leave it out to draw a row at random")
    yield from _check_types(params, place)


def _check_types(params: LookupParams, place: Place) -> Iterator[Problem]:
    node = place.document.node(params.table)
    source = node.column(params.column) if node is not None else None
    if source is None or place.column is None:
        return  # a dangling reference is reported where references are followed
    if not _fits(source.type, place.column.type):
        yield Problem(
            ("from",),
            f"{params.source} is {source.type}, and {place.node.id}.{place.column.name} is {place.column.type}",
        )


def _fits(source: Any, target: Any) -> bool:
    return source == target or {source, target} <= {"int", "float"} or {source, target} <= {"datetime", "date"}


SPEC = GeneratorSpec(
    name="lookup",
    params=LookupParams,
    types=ALL_TYPES,
    make=_make,
    reads=_reads,
    check=_check,
    example={"from": "customer.customer_id"},
)
