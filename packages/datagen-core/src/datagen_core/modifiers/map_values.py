"""Values that stand in the mapping become what they are mapped to; the others stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.errors import Problem
from datagen_core.modifiers.base import NUMBERS, ModifierSpec, Place
from datagen_core.schema.model import Part, Scalar
from datagen_core.values import replace_numbers, replace_strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values


class MapValuesArgs(Part, frozen=True):
    mapping: dict[str, Scalar]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _make(values: Values, params: MapValuesArgs, context: Context) -> Values:
    if context.column.type == "string":
        return replace_strings(values, params.mapping)
    return replace_numbers(values, {float(old): new for old, new in params.mapping.items()})


def _check(params: MapValuesArgs, place: Place) -> Iterator[Problem]:
    column = place.column
    if column is None:
        return
    if not params.mapping:
        yield Problem(("mapping",), "the mapping is empty")
    for old, new in params.mapping.items():
        if column.type in NUMBERS and _number(old) is None:
            yield Problem(("mapping", old), f'"{old}" is not a number, and the column is {column.type}', on_key=True)
        if new is None and not column.nullable:
            yield Problem(("mapping", old), "null in a column that is not nullable")
        elif new is not None and (isinstance(new, str) != (column.type == "string") or isinstance(new, bool)):
            yield Problem(("mapping", old), f"{new!r} does not suit the column's type {column.type}")


SPEC = ModifierSpec(
    name="map_values",
    params=MapValuesArgs,
    types=NUMBERS | {"string"},
    make=_make,
    check=_check,
    example={"mapping": {"A": "Active", "C": "Closed"}},
)
