"""Which company a row is about: its name, and the domain and addresses that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from datagen_core.pools._tables import SLOGAN_HOW, SLOGAN_THING, SLOGAN_WHAT
from datagen_core.pools.base import Call, MethodSpec
from datagen_core.pools.data import common_pool, entries, lookup, once
from datagen_core.pools.draws import Draw, Ints
from datagen_core.pools.romanize import handle
from datagen_core.pools.strings import digits, join, pick, pool, scatter, taken, text_of

_LISTED, _FAMILY, _PARTNERS = 0, 1, 2
_STYLES = np.array([_LISTED, _LISTED, _FAMILY, _PARTNERS])
"""Half of the companies bear a name of mimesis' list, the others their owners' names."""
_ENDINGS = ("com", "com", "com", "com", "org", "net", "biz", "info")


@cache
def _endings() -> pa.StringArray:
    return pa.array(_ENDINGS)  # not while importing: pyarrow looks for pandas with its first array


@dataclass(frozen=True)
class Registry:
    """What a locale's companies are named from; `…_slugs` are the same names as parts of a domain."""

    listed: pa.StringArray
    listed_slugs: pa.StringArray
    owners: pa.StringArray
    owner_slugs: pa.StringArray
    forms: pa.StringArray


@once
def registry(locale: str) -> Registry:
    """The locale's companies, owners and legal forms."""
    gendered = isinstance(lookup(locale, "person", "surnames"), dict)
    surnames = entries(locale, "person", "surnames", *(["male"] if gendered else []))
    listed = entries(locale, "finance", "company", "name")
    owners = pool(name for name in surnames.to_pylist() if "&" not in name)
    return Registry(
        listed=listed,
        listed_slugs=_slugs(listed, locale, "company"),
        owners=owners,
        owner_slugs=_slugs(owners, locale, "firm"),
        forms=entries(locale, "finance", "company", "type", "abbr", fewest=2),
    )


def _slugs(names: pa.StringArray, locale: str, neutral: str) -> pa.StringArray:
    """Names as parts of a domain; a number under a neutral word where the script cannot be read."""
    return pa.array([handle(name, locale)[:40] or f"{neutral}{at}" for at, name in enumerate(names.to_pylist())])


@dataclass(frozen=True)
class Company:
    """A company per row: its style, and positions in the registry."""

    locale: str
    style: Ints
    listed: Ints
    owner: Ints
    partner: Ints
    form: Ints
    ending: Ints

    @classmethod
    def of(cls, draw: Draw, locale: str) -> Company:
        """The company that the row's words say; with a unique draw no two rows have the same name."""
        known = registry(locale)
        owners = len(known.owners)
        pair = draw.code(owners * owners, 4)
        style = np.full(len(draw), _PARTNERS) if draw.unique else _STYLES[draw.below(len(_STYLES), 1)]
        return cls(
            locale,
            style,
            draw.below(len(known.listed), 2),
            pair // owners,
            pair % owners,
            draw.below(len(known.forms), 3),
            draw.below(len(_ENDINGS), 5),
        )

    def name(self) -> pa.StringArray:
        """The company's name."""
        known = registry(self.locale)
        return self._by_style(
            lambda rows: taken(known.listed, self.listed[rows]),
            lambda rows: join(taken(known.owners, self.owner[rows]), " ", taken(known.forms, self.form[rows])),
            lambda rows: join(taken(known.owners, self.owner[rows]), " & ", taken(known.owners, self.partner[rows])),
        )

    def slug(self) -> pa.StringArray:
        """The name as part of a domain."""
        known = registry(self.locale)
        return self._by_style(
            lambda rows: taken(known.listed_slugs, self.listed[rows]),
            lambda rows: taken(known.owner_slugs, self.owner[rows]),
            lambda rows: join(
                taken(known.owner_slugs, self.owner[rows]), "-", taken(known.owner_slugs, self.partner[rows])
            ),
        )

    def domain(self) -> pa.StringArray:
        """The company's domain."""
        return join(self.slug(), ".", taken(_endings(), self.ending))

    def _by_style(self, *makers: Any) -> pa.StringArray:
        rows = [np.flatnonzero(self.style == style) for style in (_LISTED, _FAMILY, _PARTNERS)]
        return scatter([(index, make(index)) for index, make in zip(rows, makers, strict=True)])


def _company(call: Call, _args: msgspec.Struct) -> pa.Array:
    return Company.of(call.shared("company"), call.locale).name()


def _suffix(call: Call, _args: msgspec.Struct) -> pa.Array:
    known = registry(call.locale)
    if call.own.unique:
        return pick(known.forms, call.own.code(len(known.forms)))
    return pick(known.forms, Company.of(call.groups["company"], call.locale).form)


def _domain(call: Call, _args: msgspec.Struct | None = None) -> pa.StringArray:
    company = Company.of(call.groups["company"], call.locale)
    if not call.own.unique:
        return company.domain()
    width = max(3, len(str(max(call.own.total - 1, 1))))
    number = text_of(digits(call.own.code(10**width), width))
    return join(company.slug(), "-", number, ".", taken(_endings(), company.ending))


class UrlArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`schemes`: what may stand before the ``://``, evenly."""

    schemes: tuple[str, ...] = ("https", "http")


def _url(call: Call, args: Any) -> pa.Array:
    scheme = taken(pa.array(args.schemes, pa.string()), call.own.below(len(args.schemes), 6))
    return join(scheme, "://www.", _domain(call), "/")


@once
def _slogan_words() -> tuple[pa.StringArray, pa.StringArray, pa.StringArray]:
    return pool(word.capitalize() for word in SLOGAN_HOW), pool(SLOGAN_WHAT), pool(SLOGAN_THING)


def _slogan(call: Call, _args: msgspec.Struct) -> pa.Array:
    how, what, thing = _slogan_words()
    code = call.own.code(len(how) * len(what) * len(thing))
    rest, last = np.divmod(code, len(thing))
    first, middle = np.divmod(rest, len(what))
    return join(taken(how, first), " ", taken(what, middle), " ", taken(thing, last))


def _slogans(_locale: str, _args: object) -> int:
    return len(SLOGAN_HOW) * len(SLOGAN_WHAT) * len(SLOGAN_THING)


def _agent(call: Call, _args: msgspec.Struct) -> pa.Array:
    agents = common_pool("USER_AGENTS")
    return pick(agents, call.own.code(len(agents)))


METHODS = (
    MethodSpec(
        "company", "string", _company, groups=("company",), space=lambda locale, _: len(registry(locale).owners) ** 2
    ),
    MethodSpec(
        "company_suffix", "string", _suffix, groups=("company",), space=lambda locale, _: len(registry(locale).forms)
    ),
    MethodSpec("catch_phrase", "string", _slogan, space=_slogans, local=False),
    MethodSpec("domain_name", "string", _domain, groups=("company",)),
    MethodSpec("url", "string", _url, UrlArgs, ("company",)),
    MethodSpec("user_agent", "string", _agent, space=lambda *_: len(common_pool("USER_AGENTS")), local=False),
)
