"""``--fill``: fill a column's nulls, and mark the rows."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.errors import InputError
from datapolisher.expressions import Column, Expression, Value, call
from datapolisher.fixes.base import Context, WishSpec
from datapolisher.fixes.data._places import Spot, in_key, is_date, typed
from datapolisher.fixes.wishes._arguments import Named, column_and_value
from datapolisher.sql import Scalar, ident
from datapolisher.steps import Step, fill
from datapolisher.workbench import Workbench

_SYNTAX = "table.column=value|median|mode|forward"
_GUESSED = frozenset({"median", "mode", "forward"})
_MONEY = frozenset({"amount", "price", "cost", "tax", "balance"})


def _steps(argument: str, context: Context) -> Sequence[Step]:
    named = column_and_value(argument, _SYNTAX, context)
    _refuse(named, context)
    return fill(named.table, named.column, _value(named, context))


def _refuse(named: Named, context: Context) -> None:
    place = f"{named.table}.{named.column}"
    if in_key(context, Spot(named.table, named.column, named.type)):
        raise InputError(f'"{place}" is part of a key: no key is made up')
    role = context.role_of(named.table, named.column)
    if named.value in _GUESSED and (role in _MONEY or is_date(named.type)):
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
        return Value(_constant(named))
    except ValueError as error:
        raise InputError(f'"{named.value}" is no value of {named.table}.{named.column} ({named.type})') from error


def _constant(named: Named) -> Scalar:
    if named.type == "BOOLEAN":
        words = {"true": True, "false": False}
        if named.value.lower() not in words:
            raise ValueError(named.value)
        return words[named.value.lower()]
    return typed(named.value, named.type)


def _measured(named: Named, context: Context) -> Scalar:
    """The median, or the commonest value (the least of several), as the data has it now."""
    column, function = ident(named.column), named.value
    number = named.type in {"DOUBLE", "FLOAT"} or named.type.startswith("DECIMAL") or named.type.endswith("INT")
    if function == "median" and not (number or named.type == "INTEGER"):
        raise InputError(f"{named.table}.{named.column} is {named.type}: only numbers have a median")
    with Workbench(context.dataset) as bench:
        view = bench.relation(named.table)
        if function == "median":
            found = bench.rows(f"SELECT CAST(quantile_disc({column}, 0.5) AS {named.type}) FROM {view}")
        else:
            found = bench.rows(
                f"SELECT {column} FROM {view} WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
            )
    if not found or found[0][0] is None:
        raise InputError(f"{named.table}.{named.column} has no value to take the {function} of")
    value: Scalar = found[0][0]
    return value


SPEC = WishSpec(
    id="fill",
    title="Fill nulls, and mark the rows in <column>_filled",
    syntax=_SYNTAX,
    steps=_steps,
)
