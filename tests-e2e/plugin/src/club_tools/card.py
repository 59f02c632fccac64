"""The number of a member's card: a letter for the club and the row's number."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from datagen_core.context import Context
from datagen_core.generators.base import GeneratorSpec, Place
from datagen_core.schema.model import Part
from datagen_core.values import Values


class CardParams(Part, frozen=True):
    """club: the prefix of every card."""

    club: str = "CLUB"


def _make(params: CardParams, context: Context) -> Values:
    numbers = pa.array(range(context.first, context.first + context.rows), pa.int64()).cast(pa.string())
    return Values(pc.binary_join_element_wise(params.club, pc.utf8_lpad(numbers, 6, "0"), "-"))


def _distinct(_params: CardParams, _place: Place) -> int:
    return -1


SPEC = GeneratorSpec(
    name="club.card",
    params=CardParams,
    types=frozenset({"string"}),
    make=_make,
    distinct=_distinct,
    example={"club": "CLUB"},
)
