"""v to a number of decimal digits, half to even on the decimal value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.errors import Problem
from datagen_core.modifiers.base import NUMBERS, ModifierSpec, Place
from datagen_core.schema.model import Part
from datagen_core.values import round_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values

MOST_DIGITS = 15  # a float64 holds no more decimal digits


class RoundArgs(Part, frozen=True):
    digits: int = 0


def _make(values: Values, params: RoundArgs, _context: Context) -> Values:
    return values.map_numbers(lambda numbers: round_decimal(numbers, params.digits))


def _check(params: RoundArgs, _place: Place) -> Iterator[Problem]:
    if not -MOST_DIGITS <= params.digits <= MOST_DIGITS:
        yield Problem(("digits",), f"{params.digits} digits; a number has at most {MOST_DIGITS}")


SPEC = ModifierSpec(name="round", params=RoundArgs, types=NUMBERS, make=_make, check=_check, example={"digits": 2})
