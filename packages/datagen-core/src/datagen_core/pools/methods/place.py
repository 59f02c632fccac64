"""Where a row is: a city, the state and postal prefix that always go with it, a street, a point on the map."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from datagen_core.pools._countries import BOUNDS, GLOBE
from datagen_core.pools._tables import DEFAULT_PLATES, PLATES, STATE_CODES, ZIP_PREFIXES
from datagen_core.pools.base import Call, MethodSpec, from_pool
from datagen_core.pools.data import DEFAULT_LOCALE, common_pool, entries, lookup, once
from datagen_core.pools.draws import Draw, Ints, mix
from datagen_core.pools.locales import countries
from datagen_core.pools.strings import DIGITS, UPPER, Layouts, Template, join, pick, pool, taken, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

_SYMBOLS = {"#": DIGITS, "@": UPPER}
_HOUSES = 1400
"""House numbers end here, as mimesis' do."""
#: How a whole address is put together after the street: `{state}` is the abbreviation.
_WHOLE = {"en": "{street}, {city}, {state} {postcode}", "en-gb": "{street}, {city}, {postcode}"}
_WHOLE |= dict.fromkeys(("en-au", "en-ca", "pt-br"), "{street}, {city} {state} {postcode}")
_UNINHABITED = frozenset(("AQ", "BV", "GS", "HM", "IO", "TF", "UM"))
_DEFAULT_WHOLE = "{street}, {postcode} {city}"
_CITY, _STREET, _HOUSE, _POST, _LATITUDE, _LONGITUDE = range(1, 7)


@dataclass(frozen=True)
class Map:
    """A locale's places. What belongs to a city is fixed by its position, so that a city is always in one state."""

    cities: pa.StringArray
    states: pa.StringArray
    codes: pa.StringArray
    streets: pa.StringArray
    kinds: pa.StringArray
    state_of: Ints
    """Per city the position of its state."""
    post: Template
    post_region: Ints
    """Per city the leading part of its postal codes, as a code of the layout's first slots."""
    regions: int
    """Distinct leading parts."""
    layout: str


@once
def atlas(locale: str) -> Map:
    """The locale's places."""
    cities = pool(name.replace(",", "") for name in entries(locale, "address", "city").to_pylist())
    names = _states(locale)
    state_of = (mix(np.arange(len(cities), dtype=np.uint64), 1) % np.uint64(len(names))).astype(np.int64)
    post = Template.parse(lookup(locale, "address", "postal_code_fmt"), _SYMBOLS)
    regions, post_region = _post_regions(locale, post, names, state_of)
    return Map(
        cities=cities,
        states=pool(names),
        codes=pa.array(_state_codes(locale, names)),
        streets=entries(locale, "address", "street", "name"),
        kinds=entries(locale, "address", "street", "suffix", fewest=1),
        state_of=state_of,
        post=post,
        post_region=post_region,
        regions=regions,
        layout=_street_layout(locale),
    )


def _states(locale: str) -> list[str]:
    found: list[str] = entries(locale, "address", "state", "name").to_pylist()
    return found


def _state_codes(locale: str, names: list[str]) -> list[str]:
    """Abbreviations in the states' order: our table, else mimesis' list if it is as long, else the names."""
    codes = lookup(locale, "address", "state", "abbr") or []
    if locale in STATE_CODES:
        codes = [STATE_CODES[locale].get(name, name) for name in names]
    return [code.rpartition("-")[2] for code in codes] if len(codes) == len(names) else names


def _post_regions(locale: str, post: Template, names: list[str], state_of: Ints) -> tuple[int, Ints]:
    """How many leading parts postal codes have, and each city's: the state's ZIP prefixes, else two characters."""
    cities = np.arange(len(state_of), dtype=np.uint64)
    if locale == DEFAULT_LOCALE:
        codes = _state_codes(locale, names)
        low, high = (np.array([ZIP_PREFIXES.get(code, (10, 999))[side] for code in codes])[state_of] for side in (0, 1))
        return 1000, low + (mix(cities, 2) % (high - low + 1).astype(np.uint64)).astype(np.int64)
    regions = int(np.prod(post.sizes[:2])) if post.sizes else 1
    return regions, (mix(cities, 2) % np.uint64(regions)).astype(np.int64)


def _street_layout(locale: str) -> str:
    """mimesis' layout with our names for its fields; Japanese addresses count blocks, not houses."""
    layout: str = lookup(locale, "address", "address_fmt") or "{st_num} {st_name}"
    return "{st_name} {st_num}" if "{}" in layout else layout


def _cities(call: Call, draw: Draw) -> Ints:
    return draw.below(len(atlas(call.locale).cities), _CITY)


def _of_city(values: Callable[[Map], pa.StringArray]) -> Callable[[Call, msgspec.Struct], pa.Array]:
    """A method over the row's city, or a unique value of the same pool."""

    def make(call: Call, _args: msgspec.Struct) -> pa.Array:
        known = atlas(call.locale)
        choice = values(known)
        if call.own.unique:
            distinct = pool(choice.to_pylist())
            return pick(distinct, call.own.code(len(distinct)))
        city = _cities(call, call.groups["place"])
        index = city if choice is known.cities else known.state_of[city]
        return taken(choice, index)

    return make


def _postcode(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    post = atlas(call.locale).post
    return post.make(call.own) if call.own.unique else _postcode_of(call)


def _postcode_of(call: Call) -> pa.StringArray:
    """A postal code of the row's city."""
    known, draw = atlas(call.locale), call.groups["place"]
    within = max(known.post.coded_space() // known.regions, 1)
    code = known.post_region[_cities(call, draw)] * within + draw.below(within, _POST)
    return text_of(known.post.matrix(code, draw))


def _street_parts(call: Call) -> tuple[Ints, Ints, Ints]:
    """House number, street and kind of street of each row."""
    known = atlas(call.locale)
    if call.own.unique:
        code = call.own.code(len(known.streets) * _HOUSES)
        return code % _HOUSES + 1, code // _HOUSES, np.zeros(len(call), np.int64)
    draw = call.groups["place"]
    street = draw.below(len(known.streets) * len(known.kinds), _STREET)
    house = 1 + (draw.unit(_HOUSE) ** 3 * _HOUSES).astype(np.int64)
    return house, street // len(known.kinds), street % len(known.kinds)


@once
def _house_numbers() -> pa.StringArray:
    return pa.array([str(number) for number in range(_HOUSES + 1)])


def _street_address(call: Call, _args: msgspec.Struct | None = None) -> pa.StringArray:
    house, street, kind = _street_parts(call)
    known = atlas(call.locale)
    pieces = {"st_num": (_house_numbers(), house), "st_name": (known.streets, street), "st_sfx": (known.kinds, kind)}
    return compose(known.layout, {name: taken(*piece) for name, piece in pieces.items()})


def _street_name(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    known = atlas(call.locale)
    if call.own.unique:
        return pick(known.streets, call.own.code(len(known.streets)))
    _, street, kind = _street_parts(call)
    layout = known.layout.replace("{st_num}", "").replace("号", "").strip(" ,")
    return compose(layout, {"st_name": taken(known.streets, street), "st_sfx": taken(known.kinds, kind)})


def _address(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    known = atlas(call.locale)
    city = _cities(call, call.groups["place"])
    return compose(
        _WHOLE.get(call.locale, _DEFAULT_WHOLE),
        {
            "street": _street_address(call),
            "city": taken(known.cities, city),
            "state": taken(known.codes, known.state_of[city]),
            "postcode": _postcode_of(call),
        },
    )


def compose(layout: str, fields: dict[str, pa.StringArray]) -> pa.StringArray:
    """A layout in Python's ``{field}`` notation, filled row by row in Arrow."""
    parts: list[pa.Array | str] = []
    for literal, field, _, _ in string.Formatter().parse(layout):
        parts += [literal] if literal else []
        parts += [fields[field]] if field else []
    return join(*parts)


def _coordinate(side: int) -> Callable[[Call, msgspec.Struct], pa.Array]:
    """Degrees with six digits, within a tenth of a degree of the row's city."""

    def make(call: Call, _args: msgspec.Struct) -> pa.Array:
        low, high = BOUNDS.get(call.locale, GLOBE)[2 * side : 2 * side + 2]
        if call.own.unique:
            return pa.array(np.round(low + call.own.code(round((high - low) * 1e6)) * 1e-6, 6))
        draw = call.groups["place"]
        centre = mix(_cities(call, draw).astype(np.uint64), 3 + side) >> np.uint64(11)
        spread = 0.2 * (draw.unit(_LATITUDE + side) - 0.5)
        return pa.array(np.round(low + (high - low) * (0.02 + 0.96 * centre * 2.0**-53) + spread, 6))

    return make


def _coordinates(side: int) -> Callable[[str, object], int]:
    def room(locale: str, _args: object) -> int:
        low, high = BOUNDS.get(locale, GLOBE)[2 * side : 2 * side + 2]
        return round((high - low) * 1e6)

    return room


@once
def _country_names(locale: str) -> pa.StringArray:
    """English names are ours, in the order of the codes; others are mimesis' list."""
    if locale.split("-", maxsplit=1)[0] == DEFAULT_LOCALE:
        return pa.array([name for alpha2, _, name in countries() if alpha2 not in _UNINHABITED])
    return entries(locale, "address", "country", "name")


@once
def _country_codes() -> pa.StringArray:
    return pa.array([alpha2 for alpha2, _, _ in countries() if alpha2 not in _UNINHABITED])


@once
def _phones(locale: str) -> Layouts:
    """The locale's numbers; in North America an exchange does not begin with 0 or 1."""
    masks = entries(locale, "person", "telephone_fmt", fewest=1).to_pylist()
    return Layouts.parse([mask.replace("-###-####", "-N##-####") for mask in masks], {"#": DIGITS, "N": b"23456789"})


def _phone(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    return _phones(call.locale).make(call.own)


@once
def _plates(locale: str) -> Layouts:
    return Layouts.parse(PLATES.get(locale, DEFAULT_PLATES), _SYMBOLS)


def _plate(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    return _plates(call.locale).make(call.own)


def _house(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    numbers = _house_numbers().slice(1)
    return pick(numbers, call.own.code(_HOUSES) if call.own.unique else _street_parts(call)[0] - 1)


def _spec(
    name: str, make: Callable[[Call, msgspec.Struct], pa.Array], space: Callable[[str, object], int]
) -> MethodSpec:
    return MethodSpec(name, "string", make, groups=("place",), space=space)


def _states_room(locale: str, _args: object) -> int:
    return len(atlas(locale).states)


def _codes_room(locale: str, _args: object) -> int:
    return len(pool(atlas(locale).codes.to_pylist()))


def _post_room(locale: str, _args: object) -> int:
    return atlas(locale).post.coded_space()


def _addresses(locale: str, _args: object) -> int:
    return len(atlas(locale).streets) * _HOUSES


METHODS = (
    _spec("city", _of_city(lambda known: known.cities), lambda locale, _: len(atlas(locale).cities)),
    *(_spec(name, _of_city(lambda known: known.states), _states_room) for name in ("state", "administrative_unit")),
    _spec("state_abbr", _of_city(lambda known: known.codes), _codes_room),
    *(_spec(name, _postcode, _post_room) for name in ("postcode", "zipcode", "postalcode")),
    _spec("building_number", _house, lambda *_: _HOUSES),
    _spec("street_name", _street_name, lambda locale, _: len(atlas(locale).streets)),
    _spec("street_address", _street_address, _addresses),
    _spec("address", _address, _addresses),
    MethodSpec("latitude", "float", _coordinate(0), groups=("place",), space=_coordinates(0)),
    MethodSpec("longitude", "float", _coordinate(1), groups=("place",), space=_coordinates(1)),
    from_pool("country", _country_names, "place"),
    from_pool("country_code", lambda _: _country_codes(), "place", local=False, like="country"),
    from_pool("time_zone", lambda _: common_pool("TIMEZONES"), local=False),
    MethodSpec("phone_number", "string", _phone, space=lambda locale, _: _phones(locale).space),
    MethodSpec("license_plate", "string", _plate, space=lambda locale, _: _plates(locale).space),
)
