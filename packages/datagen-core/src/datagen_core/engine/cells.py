"""One slice of one column, as generators and modifiers see it: the engine's `Context`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from datagen_core.behaviors.creation import time_column
from datagen_core.behaviors.references import Way
from datagen_core.behaviors.siblings import Siblings
from datagen_core.errors import InputError
from datagen_core.pools.draws import permute
from datagen_core.streams import number_for, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from numpy.typing import NDArray

    from datagen_core.behaviors.vintage import Ageing
    from datagen_core.engine.seams import ColumnLike, SliceLike
    from datagen_core.instants import Span
    from datagen_core.schema.model import Column, Document, Node
    from datagen_core.timegrid import Pattern
    from datagen_core.values import Values

Made = TypeVar("Made")


class Cells:
    """The cells of a column in a slice.

    Parameters
    ----------
    work, slice_
        The column and the rows; None where only what all rows share is asked for.
    tag
        Set apart the streams of the column's modifiers from those of its generator.
    """

    __slots__ = ("_slice", "_tag", "_work")

    def __init__(self, work: ColumnLike, slice_: SliceLike | None, tag: str = "") -> None:
        self._work = work
        self._slice = slice_
        self._tag = tag

    @property
    def slice(self) -> SliceLike:
        """The rows, for the engine itself."""
        return self._rows

    @property
    def document(self) -> Document:
        return self._work.table.world.document

    @property
    def node(self) -> Node:
        return self._work.table.node

    @property
    def column(self) -> Column:
        return self._work.column

    @property
    def timeframe(self) -> Span:
        return self._work.table.world.timeframe

    @property
    def _rows(self) -> SliceLike:
        if self._slice is None:
            raise InputError(f"{self._work.name}: rows were asked for where there are none")
        return self._slice

    @property
    def rows(self) -> int:
        return self._rows.rows

    @property
    def first(self) -> int:
        first = self._rows.first
        if first is None:
            raise InputError(
                f"{self._work.name} depends on the row's number, and how many rows there are on {self._work.name}"
            )
        return first

    @property
    def total(self) -> int:
        return self._work.table.total

    @property
    def unique(self) -> bool:
        return self._work.unique

    def place(self, size: int) -> NDArray[np.int64] | None:
        if self.unique:
            numbers = np.arange(self.first, self.first + self.rows, dtype=np.uint64)
            return permute(numbers, size, self.key()).astype(np.int64)
        keys = self._work.table.keys
        return keys.digit(self.column.name, self._rows) if keys.plan.kind == "numbered" else None

    def siblings(self) -> Siblings | None:
        plan = self._work.table.keys.plan
        apart = plan.kind == "siblings" and plan.column == self.column.name and self.rows > 0
        return Siblings(self._rows.parent_rows, self._work.name) if apart else None

    def rng(self, purpose: str = "") -> np.random.Generator:
        return self._rows.streams.get(self._purpose(purpose))

    def _purpose(self, purpose: str) -> str:
        name = f"{self.column.name}{self._tag}"
        return f"{name}\x02{purpose}" if purpose else name

    def shared(self, purpose: str, make: Callable[[np.random.Generator], Made]) -> Made:
        return self._rows.shared(f"\x01{purpose}", make)

    def table_rng(self, purpose: str = "") -> np.random.Generator:
        return stream(self._work.table.world.seed, self.node.id, f"{self._purpose(purpose)}\x02table")

    def key(self, purpose: str = "") -> int:
        return number_for(self._work.table.world.seed, self.node.id, self._purpose(purpose))

    def table_key(self, purpose: str) -> int:
        return number_for(self._work.table.world.seed, self.node.id, f"\x01{purpose}")

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        return self._work.memo.get((self._tag, key), make)

    def values(self, name: str) -> Values:
        return self._rows.values(name)

    def time(self, name: str | None = None) -> Values:
        if name is None:
            own = time_column(self.node)
            if own is None:
                raise InputError(f"{self.node.id} has no datetime column")
            name = own.name
        return self._rows.values(name)

    def parent(self, name: str) -> Values:
        return self._rows.parent(name)

    def pick(self, table: str, name: str) -> Values:
        return self._work.table.along(Way("pick", table), name, self._rows)

    def join(self, table: str, pairs: tuple[tuple[str, str], ...], name: str) -> Values:
        return self._work.table.along(Way("join", table, pairs), name, self._rows)

    def role(self, role: str) -> Values:
        return self._rows.role(role)

    def children(
        self, table: str, names: tuple[str, ...]
    ) -> Iterator[tuple[NDArray[np.int64], dict[str, Values], int]]:
        return self._work.table.children(table, names, self._rows, self.column.name)

    def all_values(self, table: str, name: str) -> Values:
        return self._work.table.world.table(table).column(name)

    def time_bounds(self) -> tuple[Any, Any]:
        return self._work.limits.window(self._rows)

    def floor(self) -> NDArray[np.int64] | None:
        return self._work.limits.floor(self._rows)

    def ceiling(self) -> NDArray[np.int64] | None:
        return self._work.limits.ceiling(self._rows)

    def until(self) -> int | None:
        return self._work.limits.until

    def ageing(self) -> Ageing | None:
        fanout = self._work.table.fanout
        return fanout.ageing(self._rows) if fanout is not None and self._work.is_time else None

    def shaping(self) -> tuple[Pattern, ...]:
        return self._work.table.shaping(self._work)

    def tally(self, what: str, count: int) -> None:
        if count and self._slice is not None and self._slice.first is not None:
            self._work.table.world.tally(self._work.name, what, self._slice.first, count)
