"""Systems of codes: which values name one thing in several ways, and how to say it in another system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from datacruncher.checks.validity._countries import COUNTRIES, CURRENCIES, STATES_OF_THE_USA


@dataclass(frozen=True)
class Family:
    """Things that several systems name.

    Parameters
    ----------
    systems
        Their names, the tersest first.
    things
        One mapping per thing: system → its spellings, the usual one first.
    roles
        Columns that may hold it; empty = any, as the values alone tell.
    exact
        Systems in which case matters (codes).
    """

    name: str
    systems: tuple[str, ...]
    things: Sequence[Mapping[str, Sequence[str]]]
    roles: tuple[str, ...] = ()
    exact: frozenset[str] = frozenset()

    @cached_property
    def _known(self) -> dict[tuple[str, bool], list[tuple[str, int]]]:
        """(spelling, with its case?) → the systems and things it belongs to."""
        found: dict[tuple[str, bool], list[tuple[str, int]]] = {}
        for number, thing in enumerate(self.things):
            for system, spellings in thing.items():
                kept = system in self.exact
                for spelling in spellings:
                    found.setdefault((spelling if kept else spelling.casefold(), kept), []).append((system, number))
        return found

    def _readings(self, value: str) -> list[tuple[str, int]]:
        text = value.strip()
        return [*self._known.get((text, True), ()), *self._known.get((text.casefold(), False), ())]

    def systems_of(self, value: str) -> set[str]:
        """The systems in which `value` means something."""
        return {system for system, _ in self._readings(value)}

    def same(self, value: str, others: Iterable[str]) -> bool:
        """Whether `value` names, and surely, what one of the others names, in whatever system."""
        things = {number for _, number in self._readings(value)}
        return len(things) == 1 and any(things == {n for _, n in self._readings(other)} for other in others)

    def translate(self, value: str, system: str) -> str:
        """The same thing in `system`; empty if it can't be said there, or could mean several."""
        things = {number for _, number in self._readings(value)}
        if len(things) != 1:
            return ""
        spellings = self.things[things.pop()].get(system, ())
        return spellings[0] if spellings else ""


def _countries() -> list[dict[str, list[str]]]:
    found = []
    for line in COUNTRIES.strip().splitlines():
        two, three, names = line.split(" ", 2)
        found.append({"iso3166-alpha2": [two], "iso3166-alpha3": [three], "name": names.split("=")})
    return found


def _currencies() -> list[dict[str, list[str]]]:
    signs = {"EUR": ["€", "Euro"], "USD": ["US$", "US Dollar"], "GBP": ["£", "Pound Sterling"], "JPY": ["Yen"]}
    signs |= {"INR": ["₹"], "CHF": ["Fr.", "Swiss Franc"], "PLN": ["zł"], "KRW": ["₩"], "BRL": ["R$"]}
    return [{"iso4217": [code], "sign or name": signs.get(code, [])} for code in CURRENCIES.split()]


def _states() -> list[dict[str, list[str]]]:
    pairs = (line.split(" ", 1) for line in STATES_OF_THE_USA.strip().splitlines())
    return [{"usps": [code], "name": [name]} for code, name in pairs]


def _words(*things: Mapping[str, Iterable[str]]) -> list[dict[str, list[str]]]:
    return [{system: list(spellings) for system, spellings in thing.items()} for thing in things]


FAMILIES = (
    Family(
        "countries",
        ("iso3166-alpha2", "iso3166-alpha3", "name"),
        _countries(),
        roles=("country",),
        exact=frozenset({"iso3166-alpha2", "iso3166-alpha3"}),
    ),
    Family("currencies", ("iso4217", "sign or name"), _currencies(), ("currency",), frozenset({"iso4217"})),
    Family("states of the USA", ("usps", "name"), _states(), roles=("region",), exact=frozenset({"usps"})),
    Family(
        "genders",
        ("letter", "word"),
        _words(
            {"letter": ["F"], "word": ["female", "woman"]},
            {"letter": ["M"], "word": ["male", "man"]},
            {"letter": ["X", "D"], "word": ["diverse", "non-binary", "other"]},
        ),
    ),
    Family(
        "answers",
        ("letter", "word", "truth", "digit"),
        _words(
            {"letter": ["Y"], "word": ["yes"], "truth": ["true", "t"], "digit": ["1"]},
            {"letter": ["N"], "word": ["no"], "truth": ["false", "f"], "digit": ["0"]},
        ),
    ),
)

COUNTRY_NAMES = frozenset(name.casefold() for thing in FAMILIES[0].things for name in thing["name"])
