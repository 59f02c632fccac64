"""Instants, frequencies and patterns as people write them: reading and checking, without numpy.

Everywhere else an instant is an int64: microseconds since 1970-01-01T00:00Z.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from datagen_core.errors import Pointer, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Dimension = Literal["hour", "dow", "month"]
PATTERN_LENGTHS: dict[str, int] = {"hour": 24, "dow": 7, "month": 12}

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
UNIT_DAYS: dict[str, int] = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
"""Lengths of the units in which rates, curves and periods are given, in days; from the language's definition."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FREQ = re.compile(r"^([1-9][0-9]*)?(S|T|MIN|H|D|W|MS|ME|M|Q|Y)$", re.IGNORECASE)
_INSTANT = re.compile(
    r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s?([Zz]|[+-]\d{2}(:?\d{2})?)?)?$",
)
_FIXED = {"S": SECOND, "T": 60 * SECOND, "MIN": 60 * SECOND, "H": HOUR, "D": DAY, "W": 7 * DAY}
_MONTHS = {"M": 1, "MS": 1, "ME": 1, "Q": 3, "Y": 12}
FREQ_WORDS = ("S", "T", "min", "H", "D", "W", "M", "Q", "Y")


@dataclass(frozen=True, slots=True)
class Span:
    """A window of time: microseconds since 1970, both ends included."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Microseconds from the start to the end, counting the end as a full one."""
        return self.end - self.start + 1


def parse_instant(text: str, *, end: bool = False) -> int | None:
    """Microseconds since 1970 of an ISO 8601 instant, or None.

    Parameters
    ----------
    text
        With ``Z``, with an offset, or naive (then UTC); a date alone is its first instant.
    end
        True for the inclusive end of a window: a date alone is then its last microsecond.
    """
    if not _INSTANT.match(text):
        return None
    try:
        if len(text) == len("2024-01-01"):
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            return _micros(day) + (DAY - 1 if end else 0)
        moment = datetime.fromisoformat(_trimmed(text))
    except ValueError:
        return None
    return _micros(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def _trimmed(text: str) -> str:
    """The text with its fraction cut to microseconds, which is all that an instant holds."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text).replace("z", "Z")


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_text(micros: int) -> str:
    """ISO 8601 of an instant, for messages."""
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Freq:
    """The distance of a grid's points: a fixed length in microseconds, or calendar months (the other is 0)."""

    micros: int = 0
    months: int = 0


def parse_freq(text: str) -> Freq | None:
    """The frequency that a text means (``H``, ``15min``, ``MS``), or None."""
    match = _FREQ.match(text.strip())
    if match is None:
        return None
    count = int(match.group(1) or 1)
    unit = match.group(2).upper()
    return Freq(micros=count * _FIXED[unit]) if unit in _FIXED else Freq(months=count * _MONTHS[unit])


def check_window(start: str, end: str, pointer: Pointer) -> Iterator[Problem]:
    """Problems of a window of time whose object stands at `pointer`."""
    first, last = parse_instant(start), parse_instant(end, end=True)
    for name, text, value in (("start", start, first), ("end", end, last)):
        if value is None:
            yield Problem((*pointer, name), f'"{text}" is not an ISO 8601 instant', hint="write 2024-01-31T00:00:00Z")
    if first is not None and last is not None and last < first:
        yield Problem((*pointer, "end"), f"the end {end} lies before the start {start}")


def check_weights(dimension: str, weights: Sequence[float], pointer: Pointer) -> Iterator[Problem]:
    """Problems of a pattern's weights, which stand at `pointer`."""
    wanted = PATTERN_LENGTHS[dimension]
    if len(weights) != wanted:
        yield Problem(pointer, f"{len(weights)} weights for {dimension}, which has {wanted}")
    if any(not math.isfinite(weight) or weight < 0 for weight in weights):
        yield Problem(pointer, "a weight has to be 0 or more")
    elif not any(weights):
        yield Problem(pointer, "all weights are 0")
