"""A fixed list: the rows of a vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.errors import Problem
from datagen_core.generators.base import ALL_TYPES, GeneratorSpec, Place
from datagen_core.schema.model import Part, Scalar
from datagen_core.values import from_scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values


class EnumListParams(Part, frozen=True):
    values: tuple[Scalar, ...]


def _make(params: EnumListParams, context: Context) -> Values:
    wanted = params.values[context.first : context.first + context.rows]
    return from_scalars(wanted, context.column.type)


def _check(params: EnumListParams, place: Place) -> Iterator[Problem]:
    if place.node.kind != "vocab":
        yield Problem((), "enum_list is for vocab nodes; use choice here", received="enum_list", accepted=("choice",))
    lists = [column.generator.params.values for column in place.node.columns if _is_list(column.generator)]
    if lists and len(params.values) != len(lists[0]):
        yield Problem(("values",), f"{len(params.values)} values; the first list of this vocab has {len(lists[0])}")
    if not params.values:
        yield Problem(("values",), "the list is empty")


def _is_list(generator: object) -> bool:
    return getattr(generator, "name", "") == "enum_list" and isinstance(
        getattr(generator, "params", None), EnumListParams
    )


def _distinct(params: EnumListParams, _place: Place) -> int:
    return len({(type(value), value) for value in params.values})


SPEC = GeneratorSpec(
    name="enum_list",
    params=EnumListParams,
    types=ALL_TYPES,
    make=_make,
    check=_check,
    distinct=_distinct,
    example={"values": ["new", "done"]},
)
