"""The rows of a table by their key: arithmetic where the key is a sequence, else an index of the whole column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.values import Values, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from datagen_core.generators.sequence import SequenceParams

NO_ROW = -1
LEAST_TABLE = 1 << 16


def by_sequence(keys: Values, params: SequenceParams, total: int) -> NDArray[np.int64]:
    """The rows whose key in a sequence each value is, `NO_ROW` where there is none."""
    if params.step == 0:
        return np.where(keys.numbers == params.start, 0, NO_ROW)
    offset = keys.numbers - params.start
    row = np.floor_divide(offset, params.step)
    hit = (row >= 0) & (row < total) & (row * params.step == offset)
    if keys.valid is not None:
        hit &= keys.valid
    return np.where(hit, row, NO_ROW).astype(np.int64)


class KeyIndex:
    """Rows by the values of one or several columns; the first of those that have the same."""

    def __init__(self, columns: Sequence[Values]) -> None:
        self._known = [as_arrow(column).unique().drop_null() for column in columns]
        codes = self._combined(columns)
        self._rows = np.arange(len(codes), dtype=np.int64)
        known = codes >= 0
        self._codes, first = np.unique(codes[known], return_index=True)
        self._rows = self._rows[known][first]
        self._dense = self._tabulated(math.prod(max(len(one), 1) for one in self._known))

    def _tabulated(self, combinations: int) -> NDArray[np.int64] | None:
        """The row of each combination, where they are not many more than there are rows."""
        if combinations > max(4 * len(self._codes), LEAST_TABLE):
            return None
        table = np.full(combinations + 1, NO_ROW, dtype=np.int64)  # the last place is what no combination has
        table[self._codes] = self._rows
        return table

    def _combined(self, columns: Sequence[Values]) -> NDArray[np.int64]:
        combined = np.zeros(len(columns[0]), dtype=np.int64)
        for known, column in zip(self._known, columns, strict=True):
            array = as_arrow(column)
            if array.type != known.type:
                array = array.cast(known.type)
            code = pc.index_in(array, value_set=known, skip_nulls=True).fill_null(NO_ROW)
            code = code.to_numpy(zero_copy_only=False).astype(np.int64)
            combined = np.where((combined < 0) | (code < 0), NO_ROW, combined * max(len(known), 1) + code)
        return combined

    def rows(self, columns: Sequence[Values]) -> NDArray[np.int64]:
        """The row for each combination, `NO_ROW` where there is none."""
        codes = self._combined(columns)
        if self._dense is not None:
            return self._dense[codes]
        if not len(self._codes):
            return np.full(len(codes), NO_ROW, dtype=np.int64)
        place = np.searchsorted(self._codes, codes).clip(max=len(self._codes) - 1)
        return np.where(self._codes[place] == codes, self._rows[place], NO_ROW)


def as_arrow(values: Values) -> pa.Array:
    """Values as a plain Arrow array with their nulls."""
    if values.is_text:
        return plain(values.data)
    mask: Any = None if values.valid is None else ~values.valid
    return pa.array(values.numbers, mask=mask)


def take_or_null(values: Values, rows: NDArray[np.int64]) -> Values:
    """Values of rows, null for `NO_ROW`."""
    lost = rows < 0
    if not lost.any():
        return values.take(rows)
    if not len(values):
        return _nothing(values, len(rows))
    return values.take(np.maximum(rows, 0)).with_nulls(lost)


def _nothing(values: Values, rows: int) -> Values:
    if values.is_text:
        return Values(pa.nulls(rows, pa.string()))
    return Values(np.zeros(rows, dtype=values.numbers.dtype), np.zeros(rows, dtype=bool))
