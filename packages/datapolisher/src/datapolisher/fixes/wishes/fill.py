"""``--fill``: fill a column's nulls, and mark the rows."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.errors import InputError
from datapolisher.expressions import Column, Expression, Value, call
from datapolisher.fixes.base import Context, WishSpec
from datapolisher.fixes.data import _fills as fills
from datapolisher.fixes.data._places import Spot, in_key, is_date
from datapolisher.fixes.wishes._arguments import Named, column_and_value
from datapolisher.sql import Scalar, is_number
from datapolisher.steps import Step, fill

_SYNTAX = "table.column=value|median|mode|forward"
_GUESSED = frozenset({"median", "mode", "forward"})


def _steps(argument: str, context: Context) -> Sequence[Step]:
    named = column_and_value(argument, _SYNTAX, context)
    _refuse(named, context)
    return fill(named.table, named.column, _value(named, context))


def _refuse(named: Named, context: Context) -> None:
    place = f"{named.table}.{named.column}"
    if in_key(context, Spot(named.table, named.column, named.type)):
        raise InputError(f'"{place}" is part of a key: no key is made up')
    role = context.role_of(named.table, named.column)
    if named.value in _GUESSED and (role in fills.MONEY or is_date(named.type)):
        kind = "a time" if is_date(named.type) else "money"
        raise InputError(f'"{place}" is {kind}, which is never guessed; give the value that every null stands for')
    taken = context.type_of(named.table, f"{named.column}_filled")
    if taken not in {None, "BOOLEAN"}:
        raise InputError(f'"{place}_filled" is a column of its own, so that filled rows cannot be marked')


def _value(named: Named, context: Context) -> Expression:
    if named.value == "forward":
        return call("last_known", Column(named.column))
    if named.value in _GUESSED:
        return Value(_measured(named, context))
    try:
        return Value(fills.constant(named.value, named.type))
    except ValueError as error:
        raise InputError(f'"{named.value}" is no value of {named.table}.{named.column} ({named.type})') from error


def _measured(named: Named, context: Context) -> Scalar:
    """The median, or the commonest value (the least of several), as the data has it now."""
    if named.value == "median" and not is_number(named.type):
        raise InputError(f"{named.table}.{named.column} is {named.type}: only numbers have a median")
    value = fills.measured(named.value, Spot(named.table, named.column, named.type), context)
    if value is None:
        raise InputError(f"{named.table}.{named.column} has no value to take the {named.value} of")
    return value


SPEC = WishSpec(
    id="fill",
    title="Fill nulls, and mark the rows in <column>_filled",
    syntax=_SYNTAX,
    steps=_steps,
)
