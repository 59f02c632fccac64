"""Who a row is about: names, and the addresses and handles that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.pools.base import Call, MethodSpec, from_pool, salt_of
from datagen_core.pools.data import common, entries, lookup, once
from datagen_core.pools.draws import Draw, Ints
from datagen_core.pools.methods.company import Company
from datagen_core.pools.romanize import handle
from datagen_core.pools.strings import digits, join, pick, pool, taken, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

MALE, FEMALE = 0, 1
_GENDERS = ("male", "female")
#: Where the family name comes first; mimesis' own order elsewhere.
_ORDER = {"hu": "{last} {first}", "ja": "{last} {first}", "ko": "{last}{first}", "zh": "{last}{first}"}
_SAFE_DOMAINS = ("@example.com", "@example.org", "@example.net")
_RARE = 1_000_000_000
"""Room that a handle and its digits have together, so that a million rows repeat below one in a thousand."""


@dataclass(frozen=True)
class Names:
    """A locale's names: men's before women's, in one pool each."""

    first: pa.StringArray
    last: pa.StringArray
    distinct: tuple[pa.StringArray, pa.StringArray]
    """First and last names, each once."""
    distinct_at: tuple[Ints, Ints]
    """Where each of `first` and `last` stands there."""
    first_start: Ints
    first_size: Ints
    last_start: Ints
    last_size: Ints
    first_handles: pa.StringArray
    last_handles: pa.StringArray
    initials: pa.StringArray
    handles: int
    """Distinct ``first.last``."""


@once
def names(locale: str) -> Names:
    """The locale's names."""
    firsts = [entries(locale, "person", "names", gender).to_pylist() for gender in _GENDERS]
    gendered = isinstance(lookup(locale, "person", "surnames"), dict)
    lasts = (
        [entries(locale, "person", "surnames", gender).to_pylist() for gender in _GENDERS]
        if gendered
        else [entries(locale, "person", "surnames").to_pylist()]
    )
    return _names(locale, firsts, lasts)


def _names(locale: str, firsts: list[list[str]], lasts: list[list[str]]) -> Names:
    all_first, all_last = list(chain(*firsts)), list(chain(*lasts))
    first_handles = [handle(name, locale) or "user" for name in all_first]
    last_handles = [handle(name, locale) for name in all_last]
    distinct = (pool(all_first), pool(all_last))
    return Names(
        first=pa.array(all_first),
        last=pa.array(all_last),
        distinct=distinct,
        distinct_at=(_positions(all_first, distinct[0]), _positions(all_last, distinct[1])),
        first_start=np.array([0, len(firsts[0])]),
        first_size=np.array([len(group) for group in firsts]),
        last_start=np.array([0, len(lasts[0]) if len(lasts) > 1 else 0]),
        last_size=np.array([len(lasts[0]), len(lasts[-1])]),
        first_handles=pa.array(first_handles),
        last_handles=pa.array(last_handles),
        initials=pa.array([text[0] for text in first_handles]),
        handles=len(set(first_handles)) * len(set(last_handles)),
    )


def _positions(values: list[str], distinct: pa.StringArray) -> Ints:
    found: Ints = pc.index_in(pa.array(values), distinct).to_numpy().astype(np.int64)
    return found


@dataclass(frozen=True)
class Combinations:
    """First and last names whose joined forms are all different: what a unique `name` chooses from."""

    firsts: tuple[Ints, Ints]
    lasts: tuple[Ints, Ints]

    @property
    def sizes(self) -> tuple[int, int]:
        """Distinct names of men and of women."""
        return (len(self.firsts[0]) * len(self.lasts[0]), len(self.firsts[1]) * len(self.lasts[1]))


@once
def combinations(locale: str) -> Combinations:
    """Names without a space (last names of one letter where nothing stands between); each first name once."""
    known = names(locale)
    first, last = known.first.to_pylist(), known.last.to_pylist()
    closed = " " not in _ORDER.get(locale, " ")
    groups = [np.arange(start, start + size) for start, size in zip(known.first_start, known.first_size, strict=True)]
    men = {first[index] for index in groups[MALE]}
    single = [
        np.array([i for i in group if " " not in first[i] and (number == MALE or first[i] not in men)], np.int64)
        for number, group in enumerate(groups)
    ]
    surnames = [
        np.array(
            [i for i in range(start, start + size) if (len(last[i]) == 1 if closed else " " not in last[i])], np.int64
        )
        for start, size in zip(known.last_start, known.last_size, strict=True)
    ]
    return Combinations((single[0], single[1]), (surnames[0], surnames[1]))


@dataclass(frozen=True)
class Person:
    """A person per row: gender, and positions in the locale's names."""

    gender: Ints
    first: Ints
    last: Ints

    @classmethod
    def of(cls, draw: Draw, locale: str) -> Person:
        """The person that the row's words say; with a unique draw no two rows have the same name."""
        if draw.unique:
            return cls._unique(draw, locale)
        known = names(locale)
        gender = draw.below(2, 1)
        first = known.first_start[gender] + draw.below(known.first_size[gender], 2)
        return cls(gender, first, known.last_start[gender] + draw.below(known.last_size[gender], 3))

    @classmethod
    def _unique(cls, draw: Draw, locale: str) -> Person:
        choice = combinations(locale)
        men, women = choice.sizes
        code = draw.code(men + women)
        gender = (code >= men).astype(np.int64)
        first, last = np.empty_like(code), np.empty_like(code)
        for group, start in ((MALE, 0), (FEMALE, men)):
            rows = np.flatnonzero(gender == group)
            which, family = np.divmod(code[rows] - start, max(len(choice.lasts[group]), 1))
            first[rows], last[rows] = choice.firsts[group][which], choice.lasts[group][family]
        return cls(gender, first, last)


def _full_names(call: Call, person: Person) -> pa.StringArray:
    known = names(call.locale)
    first, last = taken(known.first, person.first), taken(known.last, person.last)
    pieces = {"first": first, "last": last}
    order = _ORDER.get(call.locale, "{first} {last}")
    between = "" if "}{" in order else " "
    return join(*([pieces["last"], between, pieces["first"]] if order.startswith("{last") else [first, between, last]))


def _name(call: Call, _args: msgspec.Struct) -> pa.Array:
    return _full_names(call, Person.of(call.groups["person"], call.locale))


def _part(side: int) -> Callable[[Call, msgspec.Struct], pa.Array]:
    """First names (0) or last names (1) of the row's person."""

    def make(call: Call, _args: msgspec.Struct) -> pa.Array:
        known = names(call.locale)
        distinct = known.distinct[side]
        if call.own.unique:
            return pick(distinct, call.own.code(len(distinct)))
        person = Person.of(call.groups["person"], call.locale)
        return pick(distinct, known.distinct_at[side][(person.first, person.last)[side]])

    return make


def _one_gender(gender: int) -> Callable[[Call, msgspec.Struct], pa.Array]:
    """First names of one gender; the row's person does not count."""

    def make(call: Call, _args: msgspec.Struct) -> pa.Array:
        choice = entries(call.locale, "person", "names", _GENDERS[gender])
        return pick(choice, call.own.code(len(choice)))

    return make


@once
def _titles(locale: str, gender: int) -> pa.StringArray:
    return entries(locale, "person", "title", _GENDERS[gender], "typical", fewest=1)


def _prefix(call: Call, _args: msgspec.Struct) -> pa.Array:
    men, women = _titles(call.locale, MALE), _titles(call.locale, FEMALE)
    if call.own.unique:
        distinct = pool([*men.to_pylist(), *women.to_pylist()])
        return pick(distinct, call.own.code(len(distinct)))
    person = call.groups["person"]
    gender = Person.of(person, call.locale).gender
    choice = person.below(np.array([len(men), len(women)])[gender], salt_of("prefix"))
    return taken(pa.concat_arrays([men, women]), gender * len(men) + choice)


class MailArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`domain`: the part after the @; `safe`: example.com, .org and .net, which nobody owns."""

    domain: str | None = None
    safe: bool = False


@once
def _two_and_four() -> pa.StringArray:
    return pa.array([f"{number:02d}" for number in range(100)] + [f"{number:04d}" for number in range(10_000)])


def _numbers(own: Draw, handles: int) -> pa.StringArray:
    """The digits behind a handle: two or four where names are many, as many as rarity asks for where they are few.

    Unique rows get a number of their own, so that the whole is unique whatever stands before it.
    """
    if own.unique:
        width = max(4, len(str(max(own.total - 1, 1))))
        return text_of(digits(own.code(10**width), width))
    width = max(4, len(str(-(-_RARE // max(handles, 1)) - 1)))
    if width > 4:
        return text_of(digits(own.below(10**width, 5), width))
    short = own.below(4, 6) == 0
    return taken(_two_and_four(), np.where(short, own.below(100, 7), 100 + own.below(10_000, 5)))


def _local_part(call: Call) -> pa.StringArray:
    known = names(call.locale)
    person = Person.of(call.groups["person"], call.locale)
    first, last = taken(known.first_handles, person.first), taken(known.last_handles, person.last)
    return join(pc.utf8_rtrim(join(first, ".", last), "."), _numbers(call.own, known.handles))


def _at(call: Call, domains: pa.StringArray) -> pa.StringArray:
    return taken(domains, call.own.below(len(domains), 8))


def _email(call: Call, args: Any) -> pa.Array:
    if args.domain is not None:
        return join(_local_part(call), f"@{args.domain.lstrip('@')}")
    domains = pool(_SAFE_DOMAINS if args.safe else common("EMAIL_DOMAINS"))
    return join(_local_part(call), _at(call, domains))


def _safe_email(call: Call, _args: msgspec.Struct) -> pa.Array:
    return join(_local_part(call), _at(call, pool(_SAFE_DOMAINS)))


def _free_email(call: Call, _args: msgspec.Struct) -> pa.Array:
    domains = pool(domain for domain in common("EMAIL_DOMAINS") if "example" not in domain)
    return join(_local_part(call), _at(call, domains))


def _company_email(call: Call, _args: msgspec.Struct) -> pa.Array:
    return join(_local_part(call), "@", Company.of(call.groups["company"], call.locale).domain())


def _user_name(call: Call, _args: msgspec.Struct) -> pa.Array:
    known = names(call.locale)
    person = Person.of(call.groups["person"], call.locale)
    initial, last = taken(known.initials, person.first), taken(known.last_handles, person.last)
    return join(initial, last, _numbers(call.own, known.handles // max(len(known.first), 1) * 20))


def _people(locale: str, _args: object) -> int:
    return sum(combinations(locale).sizes)


def _prefixes(locale: str, _args: object) -> int:
    return len(pool([*_titles(locale, MALE).to_pylist(), *_titles(locale, FEMALE).to_pylist()]))


def _gendered(locale: str, gender: int) -> int:
    return len(entries(locale, "person", "names", _GENDERS[gender]))


METHODS = (
    MethodSpec("name", "string", _name, groups=("person",), space=_people),
    MethodSpec(
        "first_name", "string", _part(0), groups=("person",), space=lambda locale, _: len(names(locale).distinct[0])
    ),
    MethodSpec(
        "last_name", "string", _part(1), groups=("person",), space=lambda locale, _: len(names(locale).distinct[1])
    ),
    MethodSpec("first_name_male", "string", _one_gender(MALE), space=lambda locale, _: _gendered(locale, MALE)),
    MethodSpec("first_name_female", "string", _one_gender(FEMALE), space=lambda locale, _: _gendered(locale, FEMALE)),
    MethodSpec("prefix", "string", _prefix, groups=("person",), space=_prefixes),
    MethodSpec("email", "string", _email, MailArgs, ("person",)),
    MethodSpec("ascii_email", "string", _email, MailArgs, ("person",)),
    MethodSpec("safe_email", "string", _safe_email, groups=("person",)),
    MethodSpec("free_email", "string", _free_email, groups=("person",)),
    MethodSpec("company_email", "string", _company_email, groups=("person", "company")),
    MethodSpec("user_name", "string", _user_name, groups=("person",)),
    from_pool("job", lambda locale: entries(locale, "person", "occupation")),
    from_pool("language_name", lambda locale: entries(locale, "person", "language")),
    from_pool("suffix", lambda locale: entries(locale, "person", "title", "male", "academic", fewest=2)),
)
