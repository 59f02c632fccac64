"""What mimesis knows, read from its own data sets: lists per locale, and lists common to all.

Reading is deferred until a value is asked for, cached per process and safe among threads. The lists depend on nothing
but mimesis' version and the locale.
"""

from __future__ import annotations

import json
import re
from functools import cache
from threading import RLock
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from datagen_core.pools.strings import pool

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_LOCALE = "en"
FEWEST = 5
"""A list shorter than this is a stub in mimesis' data; English stands in."""

_BLANKS = re.compile(r"\s+")

_lock = RLock()


def once(build: Callable[P, T]) -> Callable[P, T]:
    """Cache a builder for the process; one thread builds at a time."""
    cached = cache(build)

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        with _lock:
            return cached(*args, **kwargs)  # type: ignore[arg-type]

    return call


@once
def version() -> str:
    """mimesis' version; the pools' content follows it."""
    from importlib.metadata import version as installed  # noqa: PLC0415

    return installed("mimesis")


@once
def known_locales() -> tuple[str, ...]:
    """The locales that mimesis has."""
    from mimesis.enums import Locale  # noqa: PLC0415

    return tuple(locale.value for locale in Locale)


@once
def dataset(locale: str, name: str) -> dict[str, Any]:
    """One data set (``person``, ``address``, ``finance``, ``text``); a region's entries overlay its language's."""
    language = locale.split("-", maxsplit=1)[0]
    merged = _read(language, name)
    return _overlay(merged, _read(locale, name)) if locale != language else merged


def _read(folder: str, name: str) -> dict[str, Any]:
    from mimesis.constants import DATADIR  # noqa: PLC0415

    text = (DATADIR / folder / f"{name}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = _tidied(json.loads(text))
    return content


def _tidied(value: Any) -> Any:
    """Without the slips of the lists: several blanks within a name, a firm with its branch behind a tab."""
    if isinstance(value, dict):
        return {key: _tidied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    return _BLANKS.sub(" ", value.partition("\t")[0]) if isinstance(value, str) else value


def _overlay(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _overlay(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged


def lookup(locale: str, name: str, *keys: str) -> Any:
    """The entry at `keys` of a data set, or None."""
    found: Any = dataset(locale, name)
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


@once
def entries(locale: str, name: str, *keys: str, fewest: int = FEWEST) -> pa.StringArray:
    """A list of a data set as a pool; English where the locale has fewer than `fewest` entries."""
    found = lookup(locale, name, *keys)
    values = [item for group in found.values() for item in group] if isinstance(found, dict) else (found or [])
    distinct = pool(str(value) for value in values)
    return distinct if len(distinct) >= fewest or locale == DEFAULT_LOCALE else entries(DEFAULT_LOCALE, name, *keys)


@once
def common(name: str) -> Any:
    """A list that mimesis keeps for all locales (``EMAIL_DOMAINS``, ``USER_AGENTS``, …)."""
    from mimesis import datasets  # noqa: PLC0415

    return getattr(datasets, name)


@once
def common_pool(name: str) -> pa.StringArray:
    """The same as a pool."""
    return pool(str(value) for value in common(name))
