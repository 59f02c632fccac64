"""What a generator or modifier may know while it makes a slice of a column. The engine provides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from datagen_core.behaviors.siblings import Siblings
    from datagen_core.behaviors.vintage import Ageing
    from datagen_core.instants import Span
    from datagen_core.schema.model import Column, Document, Node
    from datagen_core.timegrid import Pattern
    from datagen_core.values import Values

Made = TypeVar("Made")


class Context(Protocol):
    """One slice of one block of one column.

    A value may depend on what this offers and on nothing else; then the rows are the same for any slicing and any
    number of workers. What is drawn for each row has to be drawn in the order of the rows.
    """

    @property
    def document(self) -> Document:
        """The whole document."""

    @property
    def node(self) -> Node:
        """The column's table."""

    @property
    def column(self) -> Column:
        """The column."""

    @property
    def timeframe(self) -> Span:
        """The document's window."""

    @property
    def rows(self) -> int:
        """How many rows the slice has."""

    @property
    def first(self) -> int:
        """The number of the slice's first row in its table, from 0."""

    @property
    def total(self) -> int:
        """How many rows the table has."""

    @property
    def unique(self) -> bool:
        """Whether no value of the column may come twice."""

    def place(self, size: int) -> NDArray[np.int64] | None:
        """Which of `size` values each row has where the column, or its key, may have none twice; None where it may."""

    def siblings(self) -> Siblings | None:
        """The rows by their parents, where the rows of one parent have to differ in this column; None where not."""

    def rng(self, purpose: str = "") -> np.random.Generator:
        """The column's stream of a purpose, carried on through the slices of a block."""

    def shared(self, purpose: str, make: Callable[[np.random.Generator], Made]) -> Made:
        """What `make` draws from a stream of the table, the same for all columns that ask in a slice."""

    def table_rng(self, purpose: str = "") -> np.random.Generator:
        """A fresh stream of the column that belongs to no block: for what all rows share. Draw from it in `once`."""

    def key(self, purpose: str = "") -> int:
        """64 bits that belong to the column and the purpose: the key of a bijection."""

    def table_key(self, purpose: str) -> int:
        """64 bits that belong to the table and the purpose."""

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` returns, made once for the column and kept for the run."""

    def values(self, name: str) -> Values:
        """The row's value of another column, which the spec's `reads` has to name."""

    def time(self, name: str | None = None) -> Values:
        """The row's time: the named column, else its first datetime (else date) column."""

    def parent(self, name: str) -> Values:
        """The primary parent's value, for each of its children in the slice."""

    def pick(self, table: str, name: str) -> Values:
        """The value of a row of another table, drawn at random once per (row, table)."""

    def join(self, table: str, pairs: tuple[tuple[str, str], ...], name: str) -> Values:
        """The value of the row of another table whose columns agree, null where there is none."""

    def role(self, role: str) -> Values:
        """What the column holds by its part in the table's funnel, state model or chain of touchpoints."""

    def children(
        self, table: str, names: tuple[str, ...]
    ) -> Iterator[tuple[NDArray[np.int64], dict[str, Values], int]]:
        """The rows of which these are the primary parents, some at a time.

        For each the position of its parent in this slice, then the columns that are named, then how many rows there are.
        They come in their order, however they are cut.
        """

    def all_values(self, table: str, name: str) -> Values:
        """A whole column of another table."""

    def time_bounds(self) -> tuple[Any, Any]:
        """The earliest and the latest instant that the column may hold, for all rows or for each."""

    def floor(self) -> NDArray[np.int64] | None:
        """The earliest instant of each row: its parent's creation, and what else comes before it."""

    def ceiling(self) -> NDArray[np.int64] | None:
        """The latest instant of each row, where another column bounds it from above."""

    def until(self) -> int | None:
        """The latest instant for all rows that leaves room for the columns that are drawn after it."""

    def ageing(self) -> Ageing | None:
        """How the activity of the parent changes with its age, where this column is the child's time."""

    def shaping(self) -> tuple[Pattern, ...]:
        """Further patterns of a time column: its seasons, its emptied periods, what acts on its table."""

    def tally(self, what: str, count: int) -> None:
        """Something about the slice that people should hear of after the run, with the number of rows."""
