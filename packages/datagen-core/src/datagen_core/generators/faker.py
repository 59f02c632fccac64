"""Realistic values by Faker's method names, taken from pools."""

from __future__ import annotations

import msgspec

from datagen_core.generators.base import ALL_TYPES, GeneratorSpec, Place, Reads
from datagen_core.schema.model import Part, Scalar


class FakerParams(Part, frozen=True):
    method: str
    locale: str | None = None
    locale_from: str | None = None
    kwargs: dict[str, Scalar | tuple[Scalar, ...]] = msgspec.field(default_factory=dict)


def _reads(params: FakerParams, _place: Place) -> Reads:
    return Reads(row=(params.locale_from,)) if params.locale_from is not None else Reads()


SPEC = GeneratorSpec(
    name="faker",
    params=FakerParams,
    types=ALL_TYPES,
    make=None,
    reads=_reads,
    rest="kwargs",
    example={"method": "name", "locale_from": "country"},
)
