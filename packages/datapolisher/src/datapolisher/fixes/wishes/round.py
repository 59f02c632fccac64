"""``--round``: round a column to a number of decimals."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.errors import InputError
from datapolisher.expressions import rounded
from datapolisher.fixes.base import Context, WishSpec
from datapolisher.fixes.data._places import Spot, in_key
from datapolisher.fixes.wishes._arguments import column_and_value
from datapolisher.steps import Step, Update

_SYNTAX = "table.column=digits"
_MOST = 12


def _steps(argument: str, context: Context) -> Sequence[Step]:
    named = column_and_value(argument, _SYNTAX, context)
    if not named.value.isdecimal() or int(named.value) > _MOST:
        raise InputError(f'"{named.value}" is no number of decimals (0 to {_MOST})')
    if in_key(context, Spot(named.table, named.column, named.type)):
        raise InputError(f'"{named.table}.{named.column}" is part of a key and is not rounded')
    value = rounded(named.column, named.type, int(named.value))
    if value is None:
        raise InputError(f"{named.table}.{named.column} is {named.type}, which has no decimals")
    return [Update(named.table, named.column, value)]


SPEC = WishSpec(
    id="round",
    title="Round to a number of decimals, half to even on the decimal value",
    syntax=_SYNTAX,
    steps=_steps,
)
