"""Normal noise: v + N(0, std), or v · (1 + N(0, std))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from datagen_core.errors import Problem
from datagen_core.modifiers.base import NUMBERS, ModifierSpec, Place
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values


class JitterArgs(Part, frozen=True):
    std: float
    mode: Literal["add", "mul"] = "add"


def _make(values: Values, params: JitterArgs, context: Context) -> Values:
    noise = context.rng().standard_normal(context.rows)
    noise *= params.std
    if params.mode == "add":
        return values.map_numbers(lambda numbers: numbers + noise)
    noise += 1.0
    return values.map_numbers(lambda numbers: numbers * noise)


def _check(params: JitterArgs, _place: Place) -> Iterator[Problem]:
    if params.std < 0:
        yield Problem(("std",), "a standard deviation has to be 0 or more")


SPEC = ModifierSpec(
    name="jitter", params=JitterArgs, types=NUMBERS, make=_make, check=_check, example={"std": 0.05, "mode": "mul"}
)
