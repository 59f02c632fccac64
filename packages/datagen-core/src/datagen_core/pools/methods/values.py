"""Numbers, truth values, dates, passwords."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import numpy as np
import pyarrow as pa

from datagen_core.pools.base import Call, MethodSpec
from datagen_core.pools.strings import DIGITS, LOWER, UPPER, text_of

_SPECIAL = b"!@#$%^&*()_+"
_EARLIEST = np.datetime64("1970-01-01", "D")


class IntArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`min` and `max`, both possible; every `step`-th from `min`."""

    min: int = 0
    max: int = 9999
    step: Annotated[int, msgspec.Meta(ge=1)] = 1

    def __post_init__(self) -> None:
        if self.max < self.min:
            raise ValueError(f"max {self.max} is below min {self.min}")
        if max(abs(self.min), abs(self.max)) >= 1 << 62:
            raise ValueError("min and max must lie within ±2^62")

    @property
    def count(self) -> int:
        """How many values there are."""
        return (self.max - self.min) // self.step + 1


def _random_int(call: Call, args: Any) -> pa.Array:
    return pa.array(args.min + call.own.code(args.count) * args.step)


class BooleanArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`chance_of_getting_true` in percent."""

    chance_of_getting_true: Annotated[float, msgspec.Meta(ge=0, le=100)] = 50


def _boolean(call: Call, args: Any) -> pa.Array:
    if call.own.unique:
        return pa.array(call.own.code(2) == 1)
    return pa.array(call.own.unit(1) * 100 < args.chance_of_getting_true)


class BirthArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ages in whole years on the last day of the document's timeframe, both possible."""

    minimum_age: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    maximum_age: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 115

    def __post_init__(self) -> None:
        if self.maximum_age < self.minimum_age:
            raise ValueError(f"maximum_age {self.maximum_age} is below minimum_age {self.minimum_age}")


def _years_before(day: np.datetime64, years: int) -> np.datetime64:
    """The same day of an earlier year; 28 February where there is no 29th."""
    month = day.astype("datetime64[M]")
    earlier = month - 12 * years
    last = (earlier + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    return min(earlier.astype("datetime64[D]") + (day - month.astype("datetime64[D]")), last)


def _birth_days(today: np.datetime64, args: Any) -> tuple[np.datetime64, int]:
    """The earliest day of birth, and how many days there are."""
    first = _years_before(today, args.maximum_age + 1) + np.timedelta64(1, "D")
    last = _years_before(today, args.minimum_age)
    return first, int((last - first).astype(np.int64)) + 1


def _date_of_birth(call: Call, args: Any) -> pa.Array:
    first, days = _birth_days(call.today, args)
    return pa.array(first + call.own.code(days).astype("timedelta64[D]"), pa.date32())


def _births(_locale: str, args: Any) -> int:
    years: int = args.maximum_age - args.minimum_age + 1
    return 365 * years


class PasswordArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`length`, and which kinds of character there are, each at least once."""

    length: Annotated[int, msgspec.Meta(ge=4, le=256)] = 10
    special_chars: bool = True
    digits: bool = True
    upper_case: bool = True
    lower_case: bool = True

    def __post_init__(self) -> None:
        if not self.kinds:
            raise ValueError("at least one kind of character must be allowed")

    @property
    def kinds(self) -> list[bytes]:
        """The alphabets that may be used."""
        chosen = (
            (self.special_chars, _SPECIAL),
            (self.digits, DIGITS),
            (self.upper_case, UPPER),
            (self.lower_case, LOWER),
        )
        return [alphabet for wanted, alphabet in chosen if wanted]


def _password(call: Call, args: Any) -> pa.Array:
    """One of each kind first, then of all kinds; then every row is shuffled."""
    everything = b"".join(args.kinds)
    alphabets = [*args.kinds, *[everything] * (args.length - len(args.kinds))]
    matrix = np.empty((len(call), args.length), np.uint8)
    for at, alphabet in enumerate(alphabets):
        matrix[:, at] = np.frombuffer(alphabet, np.uint8)[call.own.below(len(alphabet), 10 + at)]
    order = np.argsort(np.stack([call.own.bits(1000 + at) for at in range(args.length)], axis=1), axis=1)
    return text_of(np.take_along_axis(matrix, order, axis=1))


def _integers(_locale: str, args: Any) -> int:
    count: int = args.count
    return count


METHODS = (
    MethodSpec("random_int", "int", _random_int, IntArgs, space=_integers, local=False),
    MethodSpec("boolean", "bool", _boolean, BooleanArgs, space=lambda *_: 2, local=False),
    MethodSpec("date_of_birth", "date", _date_of_birth, BirthArgs, space=_births, local=False),
    MethodSpec("password", "string", _password, PasswordArgs, space=lambda *_: 0, local=False),
)
