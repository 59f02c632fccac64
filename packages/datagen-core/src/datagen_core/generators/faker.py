"""Realistic values by Faker's method names, taken from pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from datagen_core import pools
from datagen_core.errors import InputError, Problem
from datagen_core.generators.base import ALL_TYPES, GeneratorSpec, Place, Reads
from datagen_core.instants import DAY
from datagen_core.pools.draws import Draw, words
from datagen_core.schema.model import Node, Part, Scalar
from datagen_core.values import ARROW_TYPES, Values, from_arrow, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context

FALLBACK = "had a country without a locale of its own, and speak English"


class FakerParams(Part, frozen=True):
    method: str
    locale: str | None = None
    locale_from: str | None = None
    kwargs: dict[str, Scalar | tuple[Scalar, ...]] = msgspec.field(default_factory=dict)


def _resolved(params: FakerParams) -> tuple[pools.MethodSpec, msgspec.Struct]:
    found = pools.resolve(params.method, params.kwargs)
    if not isinstance(found, list):
        return found
    raise InputError(str(found[0]))  # the check has reported it


def _make(params: FakerParams, context: Context) -> Values:
    spec, args = context.once("method", lambda: _resolved(params))
    mate = context.once("mates", lambda: companions(context.node))[context.column.name]
    groups: dict[str, Draw] = {
        group: _group(mate.purpose(group), context, unique=mate.unique_person and group == "person")
        for group in spec.groups
    }
    today = np.datetime64(context.timeframe.end // DAY, "D")
    rows = pools.Rows(_own(context), groups, _locale(params, mate.leader, context), today)
    return _typed(pools.make(spec, args, rows), context.column.type)


def _own(context: Context) -> Draw:
    drawn = words(context.rng(), context.rows)
    if not context.unique:
        return Draw(drawn)
    return Draw(drawn, _numbers(context), context.total, context.key())


def _group(purpose: str, context: Context, *, unique: bool) -> Draw:
    drawn = context.shared(purpose, lambda rng: words(rng, context.rows))
    return Draw(drawn, _numbers(context), context.total, context.table_key(purpose)) if unique else Draw(drawn)


def _numbers(context: Context) -> Any:
    return np.arange(context.first, context.first + context.rows, dtype=np.uint64)


def _locale(params: FakerParams, leader: str, context: Context) -> str | pools.RowLocales:
    leading = context.node.column(leader)
    chosen = leading.generator.params if leading is not None else params
    if not isinstance(chosen, FakerParams) or chosen.locale_from is None:
        chosen = chosen if isinstance(chosen, FakerParams) else params
        return (pools.locale_name(chosen.locale) if chosen.locale else None) or pools.DEFAULT_LOCALE
    country = context.values(chosen.locale_from)
    locales = context.shared(f"locale.{chosen.locale_from}", lambda _rng: pools.country_to_locale(plain(country.data)))
    if leader == context.column.name:
        context.tally(FALLBACK, locales.fallbacks)
    return locales


def _typed(made: pa.Array, kind: str) -> Values:
    """The method's values as the column's type."""
    text = pa.types.is_string(made.type) or pa.types.is_dictionary(made.type)
    if not text or kind == "string":
        return from_arrow(made if text else made.cast(ARROW_TYPES[kind]), kind)
    return from_arrow(plain(made).cast(ARROW_TYPES[kind]), kind)


def companions(node: Node) -> dict[str, pools.Companion]:
    """Which columns of a table speak of one person, place or company."""
    uses = []
    for column in node.columns:
        params = column.generator.params
        if isinstance(params, FakerParams):
            own = params.locale is not None or params.locale_from is not None
            uses.append(pools.Use(column.name, params.method, is_unique(node, column.name), own))
    return pools.companions(uses)


def is_unique(node: Node, name: str) -> bool:
    """Whether the table itself asks that no value of a column comes twice."""
    column = node.column(name)
    if column is None:
        return False
    declared = column.constraints is not None and column.constraints.unique
    return column.unique or declared or node.keys == (name,)


def _reads(params: FakerParams, place: Place) -> Reads:
    if place.column is None:
        return Reads()
    leader = companions(place.node).get(place.column.name)
    leading = place.node.column(leader.leader) if leader is not None else None
    chosen = leading.generator.params if leading is not None else params
    name = chosen.locale_from if isinstance(chosen, FakerParams) else None
    return Reads(row=(name,)) if name is not None else Reads()


def _check(params: FakerParams, place: Place) -> Iterator[Problem]:
    found = pools.resolve(params.method, params.kwargs)
    if isinstance(found, list):
        yield from found
    elif place.column is not None and not _suits(found[0].dtype, place.column.type):
        yield Problem(("method",), f"{params.method} makes {found[0].dtype}, and the column is {place.column.type}")
    if params.locale is not None and pools.locale_name(params.locale) is None:
        known = tuple(sorted(pools.known_locales()))
        yield Problem(("locale",), f'unknown locale "{params.locale}"', received=params.locale, accepted=known)
    if params.locale is not None and params.locale_from is not None:
        yield Problem(("locale_from",), "locale and locale_from exclude each other", on_key=True)
    yield from _check_locale_from(params, place)


def _check_locale_from(params: FakerParams, place: Place) -> Iterator[Problem]:
    column = place.node.column(params.locale_from) if params.locale_from is not None else None
    if column is not None and column.type != "string":
        yield Problem(("locale_from",), f"{column.name} is {column.type}; a country is a string")


def _suits(made: str, wanted: str) -> bool:
    return wanted in {made, "string"} or {made, wanted} in ({"int", "float"}, {"date", "datetime"})


def _distinct(params: FakerParams, _place: Place) -> int | None:
    found = pools.resolve(params.method, params.kwargs)
    if isinstance(found, list):
        return None
    served = (pools.locale_name(params.locale) or pools.DEFAULT_LOCALE,) if params.locale else ()
    many = ("de", "en", "fr") if params.locale_from is not None else served
    room = pools.unique_capacity(*found, many or (pools.DEFAULT_LOCALE,))
    return -1 if room is None else room or None


SPEC = GeneratorSpec(
    name="faker",
    params=FakerParams,
    types=ALL_TYPES,
    make=_make,
    reads=_reads,
    check=_check,
    rest="kwargs",
    distinct=_distinct,
    example={"method": "name", "locale_from": "country"},
)
