"""Arguments of wishes as typed: ``table.column=value``, held against the dataset."""

from __future__ import annotations

from typing import NamedTuple

from datapolisher.errors import InputError, nearest
from datapolisher.fixes.base import Context


class Named(NamedTuple):
    """A column and what is asked of it."""

    table: str
    column: str
    type: str
    value: str


def did_you_mean(word: str, accepted: list[str]) -> str:
    """The end of a sentence that names the nearest accepted word, or all of them."""
    guess = nearest(word, accepted)
    return f'; did you mean "{guess}"?' if guess else f" ({', '.join(accepted[:12])})"


def column_and_value(argument: str, syntax: str, context: Context) -> Named:
    """``table.column=value`` → its parts.

    Raises
    ------
    InputError
        It is not written so, or names a table or column that the dataset does not have.
    """
    place, equals, value = argument.partition("=")
    table, dot, column = place.partition(".")
    for name in context.dataset.tables:  # a name may hold a dot itself
        if place.startswith(f"{name}.") and len(name) > len(table):
            table, column = name, place[len(name) + 1 :]
    if not (equals and dot and column and value):
        raise InputError(f'"{argument}" is not of the form {syntax}')
    source = context.dataset.tables.get(table)
    if source is None:
        raise InputError(f'there is no table "{table}"{did_you_mean(table, list(context.dataset.tables))}')
    if column not in source.columns:
        raise InputError(f'the table "{table}" has no column "{column}"{did_you_mean(column, list(source.columns))}')
    if column in source.partitions:
        raise InputError(f'"{table}.{column}" is part of the directory\'s layout and cannot be changed')
    return Named(table, column, source.columns[column], value)
