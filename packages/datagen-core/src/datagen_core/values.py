"""Columns in the making: numbers and times as numpy arrays, strings as Arrow arrays, and which rows are null.

Times are int64 microseconds since 1970 for datetime and date columns alike; a date becomes whole days when it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.errors import WorkError
from datagen_core.instants import DAY, parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from datagen_core.schema.model import Scalar

TIMESTAMP = pa.timestamp("us", tz="UTC")
ARROW_TYPES: dict[str, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "bool": pa.bool_(),
    "datetime": TIMESTAMP,
    "date": pa.date32(),
}
_NUMPY_TYPES: dict[str, Any] = {
    "int": np.int64,
    "float": np.float64,
    "bool": np.bool_,
    "datetime": np.int64,
    "date": np.int64,
}

Mask = "NDArray[np.bool_]"


@dataclass(frozen=True, slots=True)
class Values:
    """The values of some rows.

    Parameters
    ----------
    data
        A numpy array (int64, float64, bool; times as microseconds), or an Arrow string or dictionary array.
    valid
        False where a row is null; None when none is. Arrow arrays carry their own nulls, and this is None.
    """

    data: Any
    valid: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.data)

    @property
    def numbers(self) -> NDArray[Any]:
        """The data as a numpy array; what stands in null rows is arbitrary."""
        return cast("NDArray[Any]", self.data)

    @property
    def is_text(self) -> bool:
        """Whether these are strings."""
        return isinstance(self.data, pa.Array)

    def nulls(self) -> NDArray[np.bool_]:
        """True where a row is null."""
        if self.is_text:
            return cast("NDArray[np.bool_]", np.asarray(self.data.is_null()))
        return np.zeros(len(self), dtype=bool) if self.valid is None else ~self.valid

    def map_numbers(
        self, change: Callable[[NDArray[Any]], NDArray[Any]], also: NDArray[np.bool_] | None = None
    ) -> Values:
        """The same rows with their numbers changed; rows where `also` is False stay as they are."""
        changed = change(self.numbers)
        if also is not None:
            changed = np.where(also, changed, self.numbers)
        return Values(changed, self.valid)

    map_times = map_numbers

    def take(self, rows: NDArray[Any]) -> Values:
        """The values of the rows at these positions."""
        if self.is_text:
            return Values(self.data.take(pa.array(rows)))
        return Values(self.data[rows], None if self.valid is None else self.valid[rows])

    def keep(self, mask: NDArray[np.bool_]) -> Values:
        """The values of the rows where the mask is True."""
        if self.is_text:
            return Values(self.data.filter(pa.array(mask)))
        return Values(self.data[mask], None if self.valid is None else self.valid[mask])

    def with_nulls(self, null: NDArray[np.bool_]) -> Values:
        """The same values, null also where `null` is True."""
        if self.is_text:
            return Values(_text_with_nulls(self.data, null))
        valid = ~null if self.valid is None else self.valid & ~null
        return Values(self.data, valid)


def _text_with_nulls(data: pa.Array, null: NDArray[np.bool_]) -> pa.Array:
    if pa.types.is_dictionary(data.type):
        indices = pc.if_else(pa.array(null), pa.scalar(None, data.indices.type), data.indices)
        return pa.DictionaryArray.from_arrays(indices, data.dictionary)
    return pc.if_else(pa.array(null), pa.scalar(None, data.type), data)


def concat(parts: Sequence[Values]) -> Values:
    """The rows of several parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    if any(part.is_text for part in parts):
        return Values(pa.concat_arrays([plain(part.data) for part in parts]))
    data = np.concatenate([part.data for part in parts])
    if all(part.valid is None for part in parts):
        return Values(data)
    return Values(data, np.concatenate([~part.nulls() for part in parts]))


def plain(data: pa.Array) -> pa.Array:
    """A string array that is not a dictionary."""
    return data.cast(pa.string()) if data.type != pa.string() else data


def from_scalars(scalars: Sequence[Scalar], kind: str) -> Values:
    """Values of a column type from a document's scalars; times from ISO 8601 texts."""
    if kind == "string":
        return Values(pa.array([None if item is None else str(item) for item in scalars], pa.string()))
    valid = np.array([item is not None for item in scalars], dtype=bool)
    items = [0 if item is None else _scalar(item, kind) for item in scalars]
    return Values(np.array(items, dtype=_NUMPY_TYPES[kind]), None if valid.all() else valid)


def _scalar(item: Scalar, kind: str) -> Scalar:
    if kind in {"datetime", "date"}:
        moment = parse_instant(str(item))
        if moment is None:
            raise ValueError(f"{item!r} is not an instant")
        return moment
    return item


def from_arrow(array: pa.Array, kind: str) -> Values:
    """Values of a column type from an Arrow array of that type."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if kind == "string":
        return Values(array if pa.types.is_dictionary(array.type) else plain(array))
    if kind in {"datetime", "date"}:
        array = array.cast(TIMESTAMP).view(pa.int64())
    valid = None if array.null_count == 0 else np.asarray(array.is_valid())
    filled = array if valid is None else array.fill_null(False if pa.types.is_boolean(array.type) else 0)
    return Values(filled.to_numpy(zero_copy_only=False), valid)


def settled(values: Values, kind: str) -> Values:
    """The values as their column has them: ints whole (half to even), dates at their first instant.

    Raises
    ------
    WorkError
        When a number cannot be an int64.
    """
    if kind == "int" and values.data.dtype != np.int64:
        return Values(_whole(values.numbers, values.valid), values.valid)
    if kind == "date":
        return Values(values.numbers // DAY * DAY, values.valid)
    return values


def to_arrow(values: Values, kind: str) -> pa.Array:
    """The Arrow array that is written, of the column type's Arrow type (strings may be a dictionary)."""
    if values.is_text:
        return values.data
    data = settled(values, kind).numbers
    if kind == "date":
        data = np.floor_divide(data, DAY).astype(np.int32)
    elif kind == "float" and data.dtype != np.float64:
        data = data.astype(np.float64)
    mask = None if values.valid is None else ~values.valid
    if kind == "datetime":
        return pa.array(data, pa.int64(), mask=mask).view(TIMESTAMP)
    return pa.array(data, ARROW_TYPES[kind], mask=mask)


def _whole(data: NDArray[Any], valid: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Whole numbers, half to even."""
    if data.dtype.kind != "f":
        return data.astype(np.int64, copy=False)
    rounded = np.rint(data)
    wrong = ~(np.abs(rounded) < 2.0**63)
    if valid is not None:
        wrong &= valid
        rounded = np.where(valid, rounded, 0)
    if wrong.any():
        raise WorkError(f"the value {data[wrong][0]} does not fit a 64-bit integer")
    made: NDArray[np.int64] = rounded.astype(np.int64)
    return made


def shown(values: Values, row: int) -> str:
    """One value, for a message."""
    if values.nulls()[row]:
        return "null"
    return repr(values.data[row].as_py() if values.is_text else values.data[row].item())


def take_text(words: pa.Array, index: NDArray[Any]) -> pa.DictionaryArray:
    """Words by their positions, as a dictionary array; a null word makes a null."""
    known = np.asarray(words.is_valid())
    indices = pa.array(index.astype(np.int32), mask=None if known.all() else ~known[index])
    return pa.DictionaryArray.from_arrays(indices, words if known.all() else words.fill_null(""))


def distinct(values: Values) -> Values:
    """The distinct values that are not null, in order of first appearance."""
    if values.is_text:
        return Values(plain(values.data).unique().drop_null())
    data = values.numbers if values.valid is None else values.numbers[values.valid]
    _, first = np.unique(data, return_index=True)
    return Values(data[np.sort(first)])


def round_decimal(data: NDArray[Any], digits: int) -> NDArray[Any]:
    """Round to decimal digits, half to even on the decimal value (2.675 → 2.68, though its float lies below the half)."""
    scale = 10.0 ** abs(digits)
    scaled = data * scale if digits >= 0 else data / scale
    rounded = np.rint(scaled)
    near = np.flatnonzero(np.abs(scaled - rounded) > 0.48)  # a tie is not told from its neighbours by more than 0.01
    close = scaled[near]
    tie = np.abs(np.abs(close - np.floor(close)) - 0.5) <= np.minimum(4 * np.spacing(np.abs(close)), 0.01)
    if tie.any():
        below = np.floor(close[tie])
        rounded[near[tie]] = below + np.remainder(below, 2)
    return rounded / scale if digits >= 0 else rounded * scale


def replace_numbers(values: Values, mapping: Mapping[float, Scalar]) -> Values:
    """Numbers that are keys of the mapping become its values; the others stay."""
    old = np.array(sorted(mapping), dtype=np.float64)
    new = from_scalars([mapping[key] for key in old.tolist()], "float")
    place = np.searchsorted(old, values.numbers).clip(max=len(old) - 1)
    hit = old[place] == values.numbers
    changed = Values(np.where(hit, new.numbers[place], values.numbers), values.valid)
    return changed if new.valid is None else changed.with_nulls(hit & ~new.valid[place])


def replace_strings(values: Values, mapping: Mapping[str, Scalar]) -> Values:
    """Strings that are keys of the mapping become its values; the others stay."""
    coded = values.data if pa.types.is_dictionary(values.data.type) else values.data.dictionary_encode()
    old = coded.dictionary.to_pylist()
    new = [mapping.get(item, item) for item in old]
    words = pa.array([None if item is None else str(item) for item in new], pa.string())
    return Values(words.take(coded.indices).dictionary_encode())
