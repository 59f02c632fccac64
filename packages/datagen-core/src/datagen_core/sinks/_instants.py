"""Instants as ISO 8601 text, many at a time: days and seconds are looked up in tables of their texts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEXT = pa.large_string()
DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
DAY_SECONDS = 86_400
FIRST_DAY, LAST_DAY = -719_162, 2_932_896  # 0001-01-01 and 9999-12-31
MOST_DAYS = (
    200_000  # between the first and the last instant of a batch; beyond it the table would cost more than it saves
)


def instants(array: pa.Array) -> pa.Array:
    """``2024-01-31T09:30:00.000000Z``, with the digits of the column's unit; without Z where it has no time zone."""
    unit, zone = array.type.unit, array.type.tz
    numbers = array.cast(pa.int64())
    valid = None if array.null_count == 0 else np.asarray(array.is_valid())
    any_valid = pc.min(numbers).as_py() or 0  # so that a null widens no table
    values = numbers.fill_null(any_valid).to_numpy(zero_copy_only=False)
    seconds, fraction = np.divmod(values, 10 ** DIGITS[unit])
    days, seconds = np.divmod(seconds, DAY_SECONDS)
    low, high = (int(days.min()), int(days.max())) if len(days) else (0, 0)
    if high - low > MOST_DAYS or low < FIRST_DAY or high > LAST_DAY:
        return _slowly(array)
    parts = [_days(low, high)[days - low], _clock()[seconds], *_fraction(fraction, DIGITS[unit])]
    parts += [np.full((len(values), 1), ord("Z"), dtype=np.uint8)] if zone is not None else []
    return _text(np.concatenate(parts, axis=1), valid)


def _slowly(array: pa.Array) -> pa.Array:
    if array.type.tz is not None:
        array = array.cast(pa.timestamp(array.type.unit, "UTC"))
    return pc.utf8_replace_slice(array.cast(TEXT), 10, 11, "T")


def _text(characters: NDArray[np.uint8], valid: NDArray[np.bool_] | None) -> pa.Array:
    """Rows of as many characters each as an Arrow array."""
    rows, width = characters.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int64)
    bits = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    buffers = [bits, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(characters))]
    return pa.Array.from_buffers(TEXT, rows, buffers)


@cache
def _clock() -> NDArray[np.uint8]:
    """``T00:00:00`` for each second of a day."""
    seconds = np.arange(DAY_SECONDS).astype("M8[s]")
    return _characters(np.datetime_as_string(seconds).astype("S19"))[:, len("1970-01-01") :]


def _days(low: int, high: int) -> NDArray[np.uint8]:
    return _characters(np.datetime_as_string(np.arange(low, high + 1).astype("M8[D]")).astype("S10"))


@cache
def _thousands() -> NDArray[np.uint8]:
    """``000`` to ``999``."""
    return _characters(np.array([f"{number:03d}" for number in range(1000)], dtype="S"))


def _fraction(fraction: NDArray[np.int64], digits: int) -> list[NDArray[np.uint8]]:
    """A point, and groups of three digits."""
    if not digits:
        return []
    groups = [_thousands()[fraction // 10**place % 1000] for place in range(digits - 3, -1, -3)]
    return [np.full((len(fraction), 1), ord("."), dtype=np.uint8), *groups]


def _characters(texts: NDArray[Any]) -> NDArray[np.uint8]:
    """Texts of one length as a matrix of their characters."""
    return texts.view(np.uint8).reshape(len(texts), -1)
