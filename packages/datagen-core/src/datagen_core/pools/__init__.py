"""Faker-style values from mimesis' data, vectorised: indices into pools, joined in Arrow; no provider call per row.

How a generator uses it, per block of at most 65,536 rows::

    found = pools.resolve("email", {"domain": "acme.test"})     # (MethodSpec, arguments), or a list of Problems
    mates = pools.companions([Use("name", "name"), Use("email", "email")])   # once per table: who shares a person

    own = Draw(words(stream(seed, table, column, block), n))    # `Draw(…, numbers, total, key)` when unique
    groups = {group: Draw(words(stream(seed, table, mates[column].purpose(group), block), n)) for group in spec.groups}
    array = pools.make(spec, args, Rows(own, groups, locale="de", today=end_of_timeframe))

- **Identity is a row.** All columns of a table that share a group (person, place, company, …) and an ordinal read the
  same draws, so that `name`, `first_name`, `email` of a row are one person, and `city`, `state`, `postcode` one
  place. `companions` says which columns go together, and whose locale a column without one of its own follows.
- **A value is a function of the row's words alone**: slicing a block, or other rows' locales, change nothing.
- **Unique** values come from a bijection of the row's number: `unique_capacity` says how many there are. A unique
  `name` needs its person unique (`Companion.unique_person`), so that the row still agrees; other unique columns of a
  group (`city`, `first_name`, …) leave the row's identity.
- **Locales**: `locale_name` reads ``en_US`` and mimesis' own; `country_to_locale` turns a column of countries into a
  locale per row and counts the rows that fell back to English. Lists that are stubs in a locale (under five entries)
  fall back to English, method by method. Several locales in one column give plain strings, one gives a dictionary
  where values repeat.
- mimesis is imported with the first pool, never before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from datagen_core.errors import Problem
from datagen_core.pools.base import GROUPS, Call, Group, MethodSpec, NoArgs, Rows
from datagen_core.pools.data import DEFAULT_LOCALE, known_locales, version
from datagen_core.pools.draws import Draw, permute, words
from datagen_core.pools.locales import RowLocales, country_to_locale, locale_name
from datagen_core.pools.methods import codes, company, person, place, provider, text, values
from datagen_core.pools.strings import scatter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

__all__ = [
    "DEFAULT_LOCALE", "GROUPS", "METHODS", "Call", "Companion", "Draw", "Group", "MethodSpec", "NoArgs", "RowLocales",
    "Rows", "Use", "companions", "country_to_locale", "known_locales", "locale_name", "make", "permute", "resolve",
    "unique_capacity", "version", "words",
]  # fmt: skip

METHODS: dict[str, MethodSpec] = {
    spec.name: spec for family in (person, place, company, text, codes, values) for spec in family.METHODS
}


def resolve(method: str, kwargs: Mapping[str, Any]) -> tuple[MethodSpec, msgspec.Struct] | list[Problem]:
    """The method of a name and its arguments, or every mistake in them.

    Parameters
    ----------
    method
        Faker's name, or mimesis' ``provider.method``.
    kwargs
        Arguments as the document has them, without `method`, `locale` and `locale_from`.

    Returns
    -------
    The method and its decoded arguments; or problems whose pointers are relative to the generator's parameters.
    """
    if provider.is_provider(method):
        return provider.resolve(method, kwargs)
    spec = METHODS.get(method)
    if spec is None:
        return [Problem(("method",), f'unknown method "{method}"', method, sorted(METHODS))]
    problems = list(_mistakes(spec, kwargs))
    if problems:
        return problems
    try:
        return spec, msgspec.convert(dict(kwargs), spec.args)
    except msgspec.ValidationError as wrong:
        return [Problem((), f"{method}: {wrong}")]


def _mistakes(spec: MethodSpec, kwargs: Mapping[str, Any]) -> Iterable[Problem]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(spec.args)}
    for key, value in kwargs.items():
        if key not in fields:
            yield Problem((key,), f'{spec.name} takes no argument "{key}"', key, sorted(fields), on_key=True)
            continue
        try:
            msgspec.convert(value, fields[key].type)
        except msgspec.ValidationError as wrong:
            yield Problem((key,), str(wrong))


def unique_capacity(spec: MethodSpec, args: msgspec.Struct, served: Sequence[str] = (DEFAULT_LOCALE,)) -> int | None:
    """How many rows a unique column of the method can have: None without limit, 0 where it cannot be unique.

    Lists of several locales overlap ("Paris" is in more than one), so that only methods whose values do not depend on
    the locale, or that carry the row's number, are unique over several.
    """
    room = spec.space(served[0] if served else DEFAULT_LOCALE, args)
    return 0 if room is not None and spec.local and len(set(served)) > 1 else room


@dataclass(frozen=True, slots=True)
class Use:
    """A column that a method fills: its name, whether it is unique, and whether it says a locale of its own."""

    column: str
    method: str
    unique: bool = False
    has_locale: bool = False


@dataclass(frozen=True, slots=True)
class Companion:
    """Whom a column's rows share their identity with.

    Parameters
    ----------
    ordinal
        0 for the row's first person (place, company, …), 1 for a second, as in ``sender_name`` and ``recipient_name``.
    leader
        The column whose locale this one follows; itself when nobody else of its identity has one.
    unique_person
        Whether the group ``person`` must be drawn unique because the identity's `name` is.
    """

    ordinal: int
    leader: str
    unique_person: bool = False

    def purpose(self, group: Group) -> str:
        """The purpose of the stream that all columns of this identity share for a group."""
        return f"faker.{group}.{self.ordinal}"


def companions(uses: Sequence[Use]) -> dict[str, Companion]:
    """Which columns of a table speak of one person, place or company.

    The k-th column of a method belongs to the k-th identity: of ``name, email, name, email`` the first two are one
    person and the last two another.
    """
    seen: dict[str, int] = {}
    ordinals: dict[str, int] = {}
    for use in uses:
        ordinals[use.column] = seen.setdefault(use.method, 0)
        seen[use.method] += 1
    return {use.column: _companion(use, uses, ordinals) for use in uses}


def _companion(use: Use, uses: Sequence[Use], ordinals: Mapping[str, int]) -> Companion:
    groups = set(METHODS[use.method].groups) if use.method in METHODS else set()
    mates = [
        other
        for other in uses
        if ordinals[other.column] == ordinals[use.column]
        and groups & set(METHODS[other.method].groups if other.method in METHODS else ())
    ]
    leader = use if use.has_locale else next((mate for mate in mates if mate.has_locale), use)
    unique = any(mate.method == "name" and mate.unique for mate in mates)
    return Companion(ordinals[use.column], leader.column, unique)


def make(spec: MethodSpec, args: msgspec.Struct, rows: Rows) -> pa.Array:
    """A value per row.

    Returns
    -------
    A string dictionary array where the values come from one pool, else a plain array of the method's `dtype`.

    Raises
    ------
    WorkError
        The column is unique and has more rows than the method has values.
    """
    locale = rows.locale
    if isinstance(locale, str):
        return spec.make(Call(rows.own, rows.groups, locale, rows.today), args)
    present = np.unique(locale.codes)
    if len(present) == 1:
        return spec.make(Call(rows.own, rows.groups, locale.names[present[0]], rows.today), args)
    parts = []
    for code in present:
        index = np.flatnonzero(locale.codes == code)
        groups = {group: draw.take(index) for group, draw in rows.groups.items()}
        call = Call(rows.own.take(index), groups, locale.names[code], rows.today)
        parts.append((index, spec.make(call, args)))
    return scatter(parts)
