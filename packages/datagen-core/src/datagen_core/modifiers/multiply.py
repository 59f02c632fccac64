"""v × factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.modifiers.base import NUMBERS, ModifierSpec
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from datagen_core.context import Context
    from datagen_core.values import Values


class MultiplyArgs(Part, frozen=True):
    factor: float


def _make(values: Values, params: MultiplyArgs, _context: Context) -> Values:
    return values.map_numbers(lambda numbers: numbers * params.factor)


SPEC = ModifierSpec(name="multiply", params=MultiplyArgs, types=NUMBERS, make=_make, example={"factor": 1.5})
