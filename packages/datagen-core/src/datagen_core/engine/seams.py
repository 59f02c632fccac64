"""What the parts of the engine know of each other.

A table has columns, a column has limits, a slice belongs to a table: each needs the others at work, and none may import
what stands above it. Each is written against these protocols, which list all that is used across a seam; what implements
them comes together in `tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from datagen_core.behaviors.bounds import Bound
    from datagen_core.behaviors.keys import KeyPlan
    from datagen_core.behaviors.references import Way
    from datagen_core.behaviors.vintage import Ageing
    from datagen_core.engine.block import BlockStreams
    from datagen_core.engine.memo import Memo
    from datagen_core.instants import Span
    from datagen_core.modifiers.base import ModifierSpec
    from datagen_core.schema.model import Column, Document, GeneratorUse, ModifierUse, Node
    from datagen_core.timegrid import Pattern
    from datagen_core.values import Values

    Some = tuple[NDArray[np.int64], dict[str, Values], int]

Made = TypeVar("Made")


class WorldLike(Protocol):
    """All tables of a run."""

    document: Document
    seed: int
    slice_rows: int
    timeframe: Span

    def table(self, name: str) -> TableLike:
        """The table of a name, at work."""

    def tally(self, column: str, what: str, first: int, count: int) -> None:
        """Keep something to tell after the run."""


class TableLike(Protocol):
    """A table at work."""

    @property
    def world(self) -> WorldLike:
        """The run."""

    @property
    def node(self) -> Node:
        """The table as the document has it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def memo(self) -> Memo:
        """What is made once for the table."""

    @property
    def parent(self) -> TableLike | None:
        """The primary parent."""

    @property
    def offspring(self) -> Offspring | None:
        """How its rows come from the primary parent's."""

    @property
    def fanout(self) -> FanoutLike | None:
        """How many rows each row of the primary parent has, where a fanout says so."""

    @property
    def keys(self) -> KeysLike:
        """What keeps the table's key unique."""

    @property
    def total(self) -> int:
        """How many rows it has."""

    @property
    def blocks(self) -> int:
        """How many blocks it has."""

    def block_rows(self, block: int) -> int:
        """How many rows a block has."""

    def column_work(self, name: str) -> ColumnLike:
        """A column at work."""

    def column(self, name: str) -> Values:
        """A whole column."""

    def slices(self, block: int, wanted: Iterable[str]) -> Iterator[SliceLike]:
        """The slices of a block, one after the other."""

    def no_rows(self) -> SliceLike:
        """A slice without rows."""

    def take(self, name: str, rows: NDArray[np.int64]) -> Values:
        """A column's values of rows by their number."""

    def find(self, pairs: tuple[tuple[str, str], ...], rows: SliceLike) -> NDArray[np.int64]:
        """This table's row for each row of another table's slice: the one whose columns agree."""

    def along(self, way: Way, name: str, rows: SliceLike) -> Values:
        """The value of another table's row for each row of a slice."""

    def pick(self, name: str, rng: np.random.Generator, rows: SliceLike) -> NDArray[np.int64]:
        """A random row of a table for each row of a slice of this one."""

    def children(self, child: str, names: tuple[str, ...], rows: SliceLike, purpose: str) -> Iterator[Some]:
        """The rows of a child table whose primary parents are the rows of a slice."""

    def families(self, block: int, wanted: Iterable[str]) -> Iterator[SliceLike]:
        """The slices of a block of a fact, for those who follow its parents."""

    def shaping(self, work: ColumnLike) -> tuple[Pattern, ...]:
        """The patterns that modifiers and effects put on a time column."""


class ColumnLike(Protocol):
    """A column at work."""

    @property
    def table(self) -> TableLike:
        """Its table."""

    @property
    def column(self) -> Column:
        """The column as the document has it."""

    @property
    def name(self) -> str:
        """``table.column``, for messages."""

    @property
    def use(self) -> GeneratorUse:
        """Its generator."""

    @property
    def modifiers(self) -> list[tuple[int, ModifierUse, ModifierSpec]]:
        """(position, use, spec) of its modifiers."""

    @property
    def multipliers(self) -> list[Any]:
        """What segments and age of its parents do to its values."""

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """What bounds it."""

    @property
    def limits(self) -> LimitsLike:
        """Its bounds at work."""

    @property
    def memo(self) -> Memo:
        """What is made once for the column."""

    @property
    def unique(self) -> bool:
        """Whether no value may come twice."""

    @property
    def is_time(self) -> bool:
        """Whether it holds a row's time."""

    @property
    def clamp(self) -> tuple[float, float] | None:
        """The bounds of its distribution."""

    def bounding(self, bound: Bound, rows: SliceLike) -> Values:
        """The values of another column that bound this one's."""

    def make(self, rows: SliceLike) -> Values:
        """Its values for a slice."""


class LimitsLike(Protocol):
    """The bounds of a column at work."""

    @property
    def until(self) -> int | None:
        """The last instant that leaves room for the columns that are drawn after it."""

    @property
    def latest(self) -> int | None:
        """The last instant that can be drawn."""

    @property
    def ranges(self) -> tuple[Any, Any] | None:
        """The narrowest range that constraints leave."""

    def window(self, rows: SliceLike) -> tuple[Any, Any]:
        """The earliest and the latest instant that the column may hold."""

    def floor(self, rows: SliceLike) -> NDArray[np.int64] | None:
        """The earliest instant of each row."""

    def ceiling(self, rows: SliceLike) -> NDArray[np.int64] | None:
        """The latest instant of each row."""

    def of_parents(self, parents: SliceLike) -> tuple[NDArray[np.int64] | None, NDArray[np.int64] | None]:
        """The earliest and the latest instant that each row of the primary parent leaves to its children."""


class KeysLike(Protocol):
    """The key of a table at work."""

    plan: KeyPlan

    def digit(self, name: str, rows: SliceLike) -> NDArray[np.int64]:
        """Which of its values each row has in a key column."""


class Offspring(Protocol):
    """How the rows of a fact come from those of its primary parent."""

    @property
    def parent_columns(self) -> frozenset[str]:
        """The parent's columns without which the rows cannot be counted."""

    @property
    def row_columns(self) -> frozenset[str]:
        """The fact's own columns that decide which rows there are."""

    def role_columns(self, role: str) -> frozenset[str]:
        """The parent's columns that a role needs besides."""

    def slices(self, parents: SliceLike, streams: BlockStreams, first: int | None) -> Iterator[SliceLike]:
        """The slices of the children of a slice of parents."""


class FanoutLike(Offspring, Protocol):
    """The fanout of a fact at work."""

    @property
    def patterns(self) -> list[Pattern]:
        """What effects without keys do to the times of the table's rows."""

    def ageing(self, rows: SliceLike) -> Ageing | None:
        """How the activity of the parents of these rows changes with age."""


class SliceLike(Protocol):
    """Consecutive rows of a block."""

    @property
    def table(self) -> TableLike:
        """Whose rows they are."""

    @property
    def streams(self) -> BlockStreams:
        """The block's streams."""

    @property
    def rows(self) -> int:
        """How many there are."""

    @property
    def first(self) -> int | None:
        """The number of the first in the table; None before the table's rows are counted."""

    @property
    def related(self) -> Family:
        """Whose children they are."""

    @property
    def parent_rows(self) -> NDArray[np.int64]:
        """For each row the position of its parent in the parent's slice."""

    @property
    def weights_of_parents(self) -> NDArray[np.int64]:
        """How many rows of this slice each parent has."""

    def values(self, name: str) -> Values:
        """A column of these rows."""

    def shared(self, purpose: str, make: Callable[[np.random.Generator], Made]) -> Made:
        """What `make` draws from the table's stream of a purpose, once for the slice."""

    def role(self, role: str) -> Values:
        """What a column holds that plays a role in the table's process."""

    def parent(self, name: str) -> Values:
        """A column of the primary parent, for each of its children."""

    def own_parents(self, values: Values) -> Values:
        """The part of a parent column's slice that belongs to the parents of these rows."""

    def picked(self, table: str) -> NDArray[np.int64]:
        """The row of another table that each row refers to."""


@dataclass(frozen=True, slots=True)
class Family:
    """Whose children the rows of a slice are.

    Parameters
    ----------
    parents
        A slice of the primary parent.
    start
        The position in it of the first parent.
    children
        How many rows each parent from there on has.
    """

    parents: SliceLike
    start: int
    children: NDArray[np.int64]
