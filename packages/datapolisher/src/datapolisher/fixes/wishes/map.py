"""``--map``: replace the values of a column as a file of pairs says."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from datapolisher.errors import DocumentError, InputError, Problem
from datapolisher.fixes.base import Context, WishSpec
from datapolisher.fixes.data._places import Spot, in_key, typed
from datapolisher.fixes.wishes._arguments import Named, column_and_value
from datapolisher.reading import read_text
from datapolisher.sql import Scalar
from datapolisher.steps import MapValues, Step

_SYNTAX = "table.column=file.csv"
_HEADER = ["old", "new"]
_MOST = 100_000


def _steps(argument: str, context: Context) -> Sequence[Step]:
    named = column_and_value(argument, _SYNTAX, context)
    if in_key(context, Spot(named.table, named.column, named.type)):
        raise InputError(f'"{named.table}.{named.column}" is part of a key and is not mapped')
    pairs = _pairs(named)
    try:
        return [MapValues(named.table, named.column, tuple(pairs.items()))]
    except ValueError as error:
        raise InputError(f"{named.value}: {error}: a second run would change them again") from error


def _pairs(named: Named) -> dict[Scalar, Scalar]:
    """Old value → new value, of the column's type; every mistake of the file at once."""
    rows = list(csv.reader(StringIO(read_text(Path(named.value)))))
    if not rows or [cell.strip().lower() for cell in rows[0]] != _HEADER:
        raise DocumentError(
            problems=[Problem('the first line has to be "old,new"', file=named.value, line=1, column=1)]
        )
    if len(rows) > _MOST:
        raise InputError(f"{named.value}: more than {_MOST:,} pairs; join the table instead")
    problems: list[Problem] = []
    pairs: dict[Scalar, Scalar] = {}
    for line, row in enumerate(rows[1:], 2):
        if not row:
            continue
        if said := _wrong(row, named, pairs):
            problems.append(Problem(said, file=named.value, line=line, column=1))
        else:
            pairs[typed(row[0], named.type)] = typed(row[1], named.type)
    if not problems and not pairs:
        problems.append(Problem("no pair of values", file=named.value, line=1, column=1))
    if problems:
        raise DocumentError(problems=problems)
    return {old: new for old, new in pairs.items() if old != new}


def _wrong(row: Sequence[str], named: Named, pairs: dict[Scalar, Scalar]) -> str:
    """What is wrong with a line; empty if nothing is."""
    if len(row) != len(_HEADER):
        return f"{len(row)} cells; old and new are needed"
    try:
        old, _ = (typed(cell, named.type) for cell in row)
    except ValueError:
        return f"{row[0]!r}, {row[1]!r}: not both of the column's type {named.type}"
    return f"{row[0]!r} is mapped a second time" if old in pairs else ""


SPEC = WishSpec(
    id="map",
    title="Replace values as a file of pairs says",
    syntax=_SYNTAX,
    steps=_steps,
)
