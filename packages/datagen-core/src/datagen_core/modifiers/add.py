"""v + value; seconds on times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.instants import SECOND
from datagen_core.modifiers.base import NUMBERS, TIMES, ModifierSpec
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from datagen_core.context import Context
    from datagen_core.values import Values


class AddArgs(Part, frozen=True):
    value: float


def _make(values: Values, params: AddArgs, context: Context) -> Values:
    if context.column.type in TIMES:
        return values.map_times(lambda times: times + round(params.value * SECOND))
    return values.map_numbers(lambda numbers: numbers + params.value)


SPEC = ModifierSpec(name="add", params=AddArgs, types=NUMBERS | TIMES, make=_make, example={"value": 25})
