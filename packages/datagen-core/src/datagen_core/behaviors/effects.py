"""What the rows of an effect table do at an instant, for all keys at once.

Between two edges of windows the same rows of the effect table act, so that their product (or sum) is a step function of
time for each key. It is tabulated once; a lookup is one binary search per row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.instants import DAY
from datagen_core.schema.model import Part
from datagen_core.values import Values, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from datagen_core.schema.model import Document

_ALWAYS = np.iinfo(np.int64).min
_NEVER = np.iinfo(np.int64).max


class EffectWindow(Part, frozen=True):
    start_col: str
    end_col: str


class EffectMap(Part, frozen=True):
    field: str
    op: Literal["mul", "add"] = "mul"
    default: float = 1.0


class EffectArgs(Part, frozen=True, kw_only=True):
    effect_table: str
    on: dict[str, str] = msgspec.field(default_factory=dict)
    window: EffectWindow | None = None
    map: EffectMap


class EffectIndex:
    """The composed effect by key and time.

    Parameters
    ----------
    args
        The effect as the document has it.
    document
        For the types of the effect table's columns.
    column
        (table, column) → all values of a column.
    """

    def __init__(self, args: EffectArgs, document: Document, column: Callable[[str, str], Values]) -> None:
        self.args = args
        node = document.node(args.effect_table)
        if node is None:
            raise ValueError(f"no table {args.effect_table}")
        keys = [column(args.effect_table, name) for name in args.on.values()]
        start, end = self._window(document, column)
        first = keys[0] if keys else column(args.effect_table, node.columns[0].name)
        rows = len(start) if start is not None else len(first)
        self._codes = [_Code(key) for key in keys]
        self._shape = _radix(self._codes)
        codes = _combined([code.own for code in self._codes], self._shape, rows)
        value = self._values(document, column, rows)
        start = np.full(rows, _ALWAYS) if start is None else start
        end = np.full(rows, _NEVER) if end is None else end
        use = (codes >= 0) & (start <= end)
        self._tabulate(codes[use], start[use], end[use], value[use])

    def _window(
        self, document: Document, column: Callable[[str, str], Values]
    ) -> tuple[NDArray[np.int64] | None, NDArray[np.int64] | None]:
        """First instant at which each row acts, and the first at which it no longer does (a null is open)."""
        window, table = self.args.window, self.args.effect_table
        if window is None:
            return None, None
        start, end = column(table, window.start_col), column(table, window.end_col)
        node = document.node(table)
        last = node.column(window.end_col) if node is not None else None
        width = DAY if last is not None and last.type == "date" else 1  # a date is included to its last instant
        return (
            np.where(start.nulls(), _ALWAYS, start.numbers),
            np.where(end.nulls(), _NEVER, end.numbers + width),
        )

    def _values(self, document: Document, column: Callable[[str, str], Values], rows: int) -> NDArray[np.float64]:
        table, field = self.args.effect_table, self.args.map.field
        node = document.node(table)
        neutral = 1.0 if self.args.map.op == "mul" else 0.0
        if node is None or node.column(field) is None:
            return np.ones(rows)  # a match counts 1 where the table has no such column
        found = column(table, field)
        return np.where(found.nulls(), neutral, found.numbers.astype(np.float64))

    def _tabulate(
        self, codes: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64], value: NDArray[np.float64]
    ) -> None:
        self._times = np.unique(np.concatenate([start, end]))
        ranks = len(self._times) + 1
        places = np.concatenate([codes * ranks + self._rank(start), codes * ranks + self._rank(end)])
        edge, where = np.unique(places, return_inverse=True)
        self._ranks, self._edges = ranks, edge
        matches = _running(where, np.concatenate([np.ones(len(value)), -np.ones(len(value))]), len(edge))
        self._composed = np.where(matches > 0.5, self._compose(where, value, len(edge)), self.args.map.default)

    def _rank(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self._times, times, side="right")

    def _compose(self, where: NDArray[np.int64], value: NDArray[np.float64], edges: int) -> NDArray[np.float64]:
        if self.args.map.op == "add":
            return _running(where, np.concatenate([value, -value]), edges)
        # Products by sums of logarithms; zeros and signs are counted apart.
        logs = np.log(np.where(value == 0, 1.0, np.abs(value)))
        size = _running(where, np.concatenate([logs, -logs]), edges)
        zeros = _running(where, _in_out(value == 0), edges)
        minus = _running(where, _in_out(value < 0), edges)
        product = np.exp(np.minimum(size, 700.0)) * np.where(np.rint(minus) % 2 == 0, 1.0, -1.0)
        return np.where(zeros > 0.5, 0.0, product)

    @property
    def largest(self) -> float:
        """The largest effect at any key and time."""
        return float(max(self._composed.max(initial=self.args.map.default), self.args.map.default))

    @property
    def smallest(self) -> float:
        """The smallest effect at any key and time."""
        return float(min(self._composed.min(initial=self.args.map.default), self.args.map.default))

    @property
    def instants(self) -> NDArray[np.int64]:
        """The instants at which the effect changes, for any key."""
        return self._times[(self._times > _ALWAYS) & (self._times < _NEVER)]

    def at(self, keys: Sequence[Values], times: NDArray[np.int64] | None, rows: int) -> NDArray[np.float64]:
        """The effect on each row.

        Parameters
        ----------
        keys
            The rows' values for the pairs of `on`, in their order.
        times
            The rows' instants; None where the effect has no window.
        """
        found = [code.of(key) for code, key in zip(self._codes, keys, strict=True)]
        codes = _combined(found, self._shape, rows)
        if not len(self._edges):
            return np.full(rows, self.args.map.default)
        rank = self._rank(times) if times is not None else self._rank(np.array([0]))[0]
        place = np.searchsorted(self._edges, codes * self._ranks + rank, side="right") - 1
        same = (place >= 0) & (codes >= 0)
        same &= self._edges[place.clip(min=0)] // self._ranks == codes
        return np.where(same, self._composed[place.clip(min=0)], self.args.map.default)


def _in_out(flags: NDArray[np.bool_]) -> NDArray[np.float64]:
    ones = flags.astype(np.float64)
    return np.concatenate([ones, -ones])


def _running(where: NDArray[np.int64], change: NDArray[np.float64], edges: int) -> NDArray[np.float64]:
    """The sum of all changes up to each edge; what begins also ends, so that keys do not run into each other."""
    return np.cumsum(np.bincount(where, weights=change, minlength=edges))


class _Code:
    """Distinct values of a key column as small integers; -1 for null and for what does not occur."""

    def __init__(self, values: Values) -> None:
        self._text = values.is_text
        self._known = _as_arrow(values).unique().drop_null()
        self.size = len(self._known)
        self.own = self.of(values)

    def of(self, values: Values) -> NDArray[np.int64]:
        """The codes of other values of the same kind."""
        array = _as_arrow(values)
        if array.type != self._known.type:
            array = array.cast(self._known.type)
        found = pc.index_in(array, value_set=self._known, skip_nulls=True)
        made: NDArray[np.int64] = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return made


def _as_arrow(values: Values) -> pa.Array:
    if values.is_text:
        return plain(values.data)
    return pa.array(values.numbers, mask=values.nulls() if values.valid is not None else None)


def _radix(codes: Sequence[_Code]) -> list[int]:
    return [max(code.size, 1) for code in codes]


def _combined(codes: Sequence[NDArray[np.int64]], shape: Sequence[int], rows: int) -> NDArray[np.int64]:
    """One code for the values of several columns; -1 where one of them is unknown."""
    combined = np.zeros(rows, dtype=np.int64)
    for code, size in zip(codes, shape, strict=True):
        combined = np.where((combined < 0) | (code < 0), -1, combined * size + code)
    return combined
