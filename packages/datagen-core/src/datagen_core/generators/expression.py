"""A formula over the row's columns, parsed into our own tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.generators.base import ALL_TYPES, GeneratorSpec
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    pass


class ExpressionParams(Part, frozen=True):
    code: str


SPEC = GeneratorSpec(
    name="expression",
    params=ExpressionParams,
    types=ALL_TYPES,
    make=None,
    example={"code": "unit_price * quantity"},
)
