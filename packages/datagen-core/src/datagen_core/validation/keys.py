"""Keys of a table: whether they repeat, and where another table's values stand among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.values import concat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from datagen_core.values import Values


def codes_of(values: Values) -> NDArray[np.int64]:
    """Small integers for distinct values, -1 for null."""
    if values.is_text:
        encoded = values.data.dictionary_encode()
        found: NDArray[np.int64] = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return found
    _, codes = np.unique(values.numbers, return_inverse=True)
    return np.where(values.nulls(), -1, codes.reshape(-1)).astype(np.int64)


def rows_of(columns: Sequence[Values]) -> NDArray[np.int64]:
    """Small integers for distinct rows of several columns, -1 where any is null."""
    combined = codes_of(columns[0])
    for values in columns[1:]:
        codes = codes_of(values)
        missing = (combined < 0) | (codes < 0)
        _, packed = np.unique(combined * (codes.max(initial=0) + 1) + codes, return_inverse=True)
        combined = np.where(missing, -1, packed.reshape(-1))
    return combined


def repeats(columns: Sequence[Values]) -> tuple[int, int]:
    """How many rows have a key that an earlier row has, and how many have a null in it."""
    if len(columns) == 1 and columns[0].is_text:
        text = columns[0].data
        return len(text) - text.null_count - pc.count_distinct(text, mode="only_valid").as_py(), text.null_count
    keys = columns[0].numbers[~columns[0].nulls()] if len(columns) == 1 else _present(rows_of(columns))
    missing = len(columns[0]) - len(keys)
    if (keys[1:] > keys[:-1]).all():  # most keys ascend, and then nothing has to be sorted
        return 0, missing
    ordered = np.sort(keys)
    return int((ordered[1:] == ordered[:-1]).sum()), missing


def match(keys: Sequence[Values], values: Sequence[Values]) -> NDArray[np.int64]:
    """The row of a key of several columns for each combination of values; -1 where there is none."""
    size = len(keys[0])
    codes = rows_of([concat([key, value]) for key, value in zip(keys, values, strict=True)])
    known, first = np.unique(codes[:size], return_index=True)
    if not size:
        return np.full(len(codes), -1)
    place = np.searchsorted(known, codes[size:]).clip(max=len(known) - 1)
    return np.where((known[place] == codes[size:]) & (codes[size:] >= 0), first[place], -1)


def _present(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    return codes[codes >= 0]


@dataclass(frozen=True)
class KeyIndex:
    """Where values stand in a column of distinct keys: strings as they are, others sorted with their rows."""

    text: pa.Array | None
    numbers: NDArray[np.int64]
    order: NDArray[np.int64]
    counted: bool = False
    """Whether the keys count up by one, so that a key's place is arithmetic."""

    @classmethod
    def of(cls, keys: Values) -> KeyIndex:
        """Index a column; where a key repeats, one of its rows is found."""
        if keys.is_text:
            return cls(keys.data, np.zeros(0, np.int64), np.zeros(0, np.int64))
        order = np.argsort(keys.numbers, kind="stable")
        if keys.valid is not None:
            order = order[keys.valid[order]]
        numbers = keys.numbers[order]
        return cls(None, numbers, order, bool(numbers.dtype.kind == "i" and (np.diff(numbers) == 1).all()))

    def find(self, values: Values) -> NDArray[np.int64]:
        """The row of each value; -1 where it is null or no key."""
        if self.text is not None:
            found = pc.index_in(values.data, value_set=self.text, skip_nulls=True).fill_null(-1)
            rows: NDArray[np.int64] = found.to_numpy(zero_copy_only=False).astype(np.int64)
            return rows
        if not len(self.numbers):
            return np.full(len(values), -1)
        first, last = self.numbers[0], len(self.numbers) - 1
        counted = (
            self.numbers.dtype.kind == "i" and values.numbers.dtype.kind == "i" and self.numbers[-1] - first == last
        )
        place = values.numbers - first if counted else np.searchsorted(self.numbers, values.numbers)
        place = place.clip(0, last)
        same = (self.numbers[place] == values.numbers) & ~values.nulls()
        return np.where(same, self.order[place], -1)
