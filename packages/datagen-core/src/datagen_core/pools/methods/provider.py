"""mimesis' own spelling: ``provider.method`` fills a pool once, from which rows draw.

No provider is called per row, so a column has at most as many distinct values as its pool (`POOL`): right for what
mimesis keeps in lists, thin for open-ended numbers and codes, for which the DSL has generators of its own.
"""

from __future__ import annotations

import inspect
from datetime import date, datetime
from difflib import get_close_matches
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import msgspec
import pyarrow as pa

from datagen_core.errors import Problem
from datagen_core.pools.base import Call, Dtype, MethodSpec
from datagen_core.pools.data import known_locales, once
from datagen_core.pools.draws import Ints
from datagen_core.pools.strings import pick, pool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

POOL = 4096
_SEED = 0
_CLOCK = {"now", "today", "utcnow"}
_DTYPES: dict[type, tuple[Dtype, pa.DataType]] = {
    bool: ("bool", pa.bool_()),
    int: ("int", pa.int64()),
    float: ("float", pa.float64()),
    str: ("string", pa.string()),
    datetime: ("datetime", pa.timestamp("us", "UTC")),
    date: ("date", pa.date32()),
}


class ProviderArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Arguments of mimesis' method as JSON, so that equal ones are equal."""

    text: bytes = b"{}"


def is_provider(method: str) -> bool:
    """Whether a name is in mimesis' spelling."""
    return "." in method


@once
def _generic(locale: str) -> Any:
    from mimesis import Generic  # noqa: PLC0415
    from mimesis.enums import Locale  # noqa: PLC0415

    return Generic(locale=Locale(locale), seed=_SEED)


@once
def _providers() -> dict[str, list[str]]:
    """Providers and their methods."""
    generic = _generic(known_locales()[0])
    names = [name for name in dir(generic) if not name.startswith("_")]
    found = {name: _methods(getattr(generic, name, None)) for name in names}
    return {name: methods for name, methods in found.items() if methods}


def _methods(provider: Any) -> list[str]:
    """What can be called on a provider, but for what all providers inherit."""
    from mimesis.providers.base import BaseDataProvider  # noqa: PLC0415

    own = (name for name in dir(provider) if not name.startswith("_") and not hasattr(BaseDataProvider, name))
    return [name for name in own if inspect.isroutine(getattr(provider, name))]


def resolve(method: str, kwargs: Mapping[str, Any]) -> tuple[MethodSpec, msgspec.Struct] | list[Problem]:
    """The method and its arguments, or what is wrong with them."""
    found = _found(method)
    if isinstance(found, Problem):
        return [found]
    problems = [*_unknown(method, found, kwargs), *_clock(method, found)]
    if problems:
        return problems
    args = ProviderArgs(msgspec.json.encode(dict(sorted(kwargs.items()))))
    first = _first(method, args)
    if isinstance(first, Problem):
        return [first]
    dtype, _ = _DTYPES[first]
    return MethodSpec(method, dtype, partial(_make, method), ProviderArgs, space=partial(_space, method)), args


def _found(method: str) -> Callable[..., Any] | Problem:
    provider, _, name = method.partition(".")
    known = _providers()
    if provider not in known:
        return Problem(("method",), f'mimesis has no provider "{provider}"', provider, sorted(known))
    if name not in known[provider]:
        near = get_close_matches(name, known[provider], 12, 0.5) or known[provider]
        return Problem(("method",), f'mimesis\' provider "{provider}" has no method "{name}"', name, near)
    call: Callable[..., Any] = getattr(getattr(_generic(known_locales()[0]), provider), name)
    return call


def _unknown(method: str, call: Callable[..., Any], kwargs: Mapping[str, Any]) -> list[Problem]:
    parameters = inspect.signature(call).parameters
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return []
    accepted = sorted(parameters)
    return [
        Problem((key,), f'{method} takes no argument "{key}"', key, accepted, on_key=True)
        for key in kwargs
        if key not in parameters
    ]


def _clock(method: str, call: Callable[..., Any]) -> list[Problem]:
    names = set(inspect.unwrap(call).__code__.co_names) if hasattr(call, "__code__") else set()
    if not names & _CLOCK:
        return []
    return [Problem(("method",), f"{method} depends on the day it runs, so its values would not be the same again")]


def _first(method: str, args: ProviderArgs) -> type | Problem:
    """The type of the values, or why there are none that a column can hold."""
    sizes = {locale: _fill(method, args, locale, 8, 2024) for locale in ("en",)}
    values = sizes["en"]
    if isinstance(values, str):
        return Problem(("method",), f"{method}: {values}")
    kinds = {type(value) for value in values}
    kind = float if kinds == {int, float} else next(iter(kinds)) if len(kinds) == 1 else object
    if kind not in _DTYPES:
        names = ", ".join(sorted(each.__name__ for each in kinds))
        return Problem(("method",), f"{method} gives {names}, which no column type holds")
    if values != _fill(method, args, "en", 8, 2024):
        return Problem(("method",), f"{method} gives other values each time, even with a fixed seed")
    return kind


def _fill(method: str, args: ProviderArgs, locale: str, count: int, year: int) -> list[Any] | str:
    """`count` values under the fixed seed, or the sentence with which mimesis refused."""
    from mimesis import Generic  # noqa: PLC0415
    from mimesis.enums import Locale  # noqa: PLC0415

    provider, _, name = method.partition(".")
    call = getattr(getattr(Generic(locale=Locale(locale), seed=_SEED), provider), name)
    try:
        kwargs = {**_years(provider, call, year), **_enums(call, msgspec.json.decode(args.text))}
        return [call(**kwargs) for _ in range(count)]
    except (TypeError, ValueError, LookupError, NotImplementedError, AttributeError) as refused:
        return f"mimesis refuses it: {refused}"


def _years(provider: str, call: Callable[..., Any], year: int) -> dict[str, int]:
    """mimesis ends its dates with the current year; ours end with the document's timeframe."""
    parameters = inspect.signature(call).parameters
    open_ended = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())
    if provider != "datetime" or not ("end" in parameters or open_ended):
        return {}
    return {"start": min(2000, year), "end": year}


def _enums(call: Callable[..., Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Members of mimesis' enums are named by their names or values: ``"gender": "female"``."""
    hints = get_type_hints(call)
    return {key: _member(hints.get(key), value) for key, value in kwargs.items()}


def _member(hint: Any, value: Any) -> Any:
    for kind in (hint, *get_args(hint)):
        if inspect.isclass(kind) and issubclass(kind, Enum) and isinstance(value, str):
            members = {
                **{str(member.value).lower(): member for member in kind},
                **{member.name.lower(): member for member in kind},
            }
            if value.lower() not in members:
                raise ValueError(f'"{value}" is none of {", ".join(sorted(member.name.lower() for member in kind))}')
            return members[value.lower()]
    return value


@once
def _values(method: str, args: ProviderArgs, locale: str, year: int) -> pa.Array:
    """The pool: distinct values in order of first appearance."""
    kind = _first(method, args)
    values = _fill(method, args, locale, POOL, year)
    if isinstance(kind, Problem) or isinstance(values, str):
        return _values(method, args, "en", year)
    if kind is str:
        return pool(str(value) for value in values)
    return pa.array(list(dict.fromkeys(kind(value) if kind is float else value for value in values)), _DTYPES[kind][1])


def _make(method: str, call: Call, args: Any) -> pa.Array:
    values = _values(method, args, call.locale, _year(call))
    index: Ints = call.own.code(len(values))
    return pick(values, index) if pa.types.is_string(values.type) else values.take(pa.array(index))


def _year(call: Call) -> int:
    return int(call.today.astype("datetime64[Y]").astype(int)) + 1970


def _space(method: str, locale: str, args: Any) -> int:
    return len(_values(method, args, locale, 2024))
