"""Systems of codes, as data: ISO 3166-1 for countries, ISO 4217 for currencies with the decimals of their minor unit.

The tables stand beside this file. `other` in the table of countries are names and codes in use that are no ISO code,
among them ``UK`` and ``EL``, which ISO reserves for the same country.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ALPHA2, ALPHA3, CURRENCY, NAME = "iso3166-alpha2", "iso3166-alpha3", "iso4217", "name"


@dataclass(frozen=True)
class Codes:
    """Things that several systems name: ``things[i][system]`` are the spellings of one thing, the usual one first."""

    things: Sequence[Mapping[str, Sequence[str]]]

    def readings(self, value: str) -> set[tuple[str, int]]:
        """(system, thing) for every system in which the value, trimmed and in any case, means something."""
        return set(self._spellings().get(value.strip().casefold(), ()))

    def thing(self, value: str) -> int | None:
        """The one thing that the value means in every system that knows it; None for none, or for several."""
        things = {thing for _, thing in self.readings(value)}
        return things.pop() if len(things) == 1 else None

    @cache  # noqa: B019 -- the tables live as long as the program
    def _spellings(self) -> dict[str, list[tuple[str, int]]]:
        known: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for number, thing in enumerate(self.things):
            for system, spellings in thing.items():
                for spelling in spellings:
                    known[spelling.casefold()].append((system, number))
        return known

    def __hash__(self) -> int:
        return id(self)


def _table(name: str) -> list[list[str]]:
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


def _listed(cell: str) -> list[str]:
    return [part for part in cell.split("|") if part]


@cache
def countries() -> Codes:
    """ISO 3166-1: alpha-2, alpha-3, English short names and other names."""
    return Codes(
        [{ALPHA2: [a2], ALPHA3: [a3], NAME: [name, *_listed(other)]} for a2, a3, name, other in _table("iso3166.tsv")]
    )


@cache
def currencies() -> Codes:
    """ISO 4217 codes, with unambiguous signs and names (never a bare ``$``)."""
    return Codes([{CURRENCY: [code], NAME: _listed(names)} for code, _, names in _table("iso4217.tsv")])


@cache
def decimals() -> Mapping[str, int]:
    """ISO 4217 code → decimals of its minor unit."""
    return {code: int(digits) for code, digits, _ in _table("iso4217.tsv")}
