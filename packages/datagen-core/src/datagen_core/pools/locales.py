"""Locale names as people write them, and the locale that a country's rows speak."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.pools._countries import COUNTRIES, COUNTRY_LOCALES
from datagen_core.pools.data import DEFAULT_LOCALE, known_locales

if TYPE_CHECKING:
    from datagen_core.pools.draws import Ints

_NAME = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{2,4}))?(?:\..*)?\Z")
_LANGUAGES = {"nb": "no", "nn": "no", "ar": "ar-eg"}
"""Languages that mimesis has under another name."""


@dataclass(frozen=True, slots=True)
class RowLocales:
    """The locale of each row.

    Parameters
    ----------
    codes
        int64, one per row: positions in `names`.
    names
        mimesis' locale names.
    fallbacks
        Rows whose country mimesis has no locale for, or that had none; they speak English.
    """

    codes: Ints
    names: tuple[str, ...]
    fallbacks: int


def locale_name(text: str) -> str | None:
    """mimesis' name of ``en_US``, ``de-at``, ``pt_BR.UTF-8``, …; None when it has no data for the language.

    A region without data of its own speaks its language: ``fr_CA`` is ``fr``, ``en_IN`` is ``en``.
    """
    match = _NAME.match(text.strip().lower())
    if match is None:
        return None
    language, region = match.groups()
    language = _LANGUAGES.get(language, language)
    candidates = (f"{language[:2]}-{region}", language) if region else (language,)
    return next((name for name in candidates if name in known_locales()), None)


@cache
def countries() -> tuple[tuple[str, str, str], ...]:
    """(alpha-2, alpha-3, English name) of every country, in the order of the codes."""
    rows = (line.split(" ", 2) for line in COUNTRIES.strip().splitlines())
    return tuple((alpha2, alpha3, names.split(";")[0]) for alpha2, alpha3, names in rows)


@cache
def _codes() -> dict[str, str]:
    """Every accepted spelling of a country in capitals -> alpha-2."""
    spellings = {"UK": "GB"}
    for line in COUNTRIES.strip().splitlines():
        alpha2, alpha3, names = line.split(" ", 2)
        spellings |= dict.fromkeys((alpha2, alpha3, *names.upper().split(";")), alpha2)
    return spellings


def country_locale(value: str | None) -> str | None:
    """The locale of a country (alpha-2, alpha-3, English name) or of a locale's name; None when there is none."""
    if value is None:
        return None
    country = _codes().get(value.strip().upper())
    if country is not None:
        return COUNTRY_LOCALES.get(country)
    return locale_name(value) if re.search("[-_]", value) else None


def country_to_locale(values: pa.Array) -> RowLocales:
    """The locale of each row of a column of countries; work is per distinct value, not per row."""
    encoded = pc.dictionary_encode(values.cast(pa.string()), null_encoding="encode")
    known = set(known_locales())
    found = [country_locale(value) for value in encoded.dictionary.to_pylist()]
    served = [name if name in known else None for name in found]
    names = tuple(sorted({DEFAULT_LOCALE, *filter(None, served)}))
    codes = np.array([names.index(name or DEFAULT_LOCALE) for name in served] or [0], np.int64)
    missed = np.array([name is None for name in served] or [False])
    index = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return RowLocales(codes[index], names, int(missed[index].sum()))
