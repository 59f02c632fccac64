"""A table at work: its blocks, their slices, and its columns where others need them whole."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors.bounds import highest
from datagen_core.behaviors.references import lookups
from datagen_core.engine.block import BlockStreams
from datagen_core.engine.children import Children
from datagen_core.engine.columns import ColumnWork
from datagen_core.engine.fanout import FanoutWork
from datagen_core.engine.joins import NO_ROW, KeyIndex, by_sequence, take_or_null
from datagen_core.engine.journeys import offspring
from datagen_core.engine.keys import Keys
from datagen_core.engine.limits import instants
from datagen_core.engine.memo import Memo
from datagen_core.engine.seams import Family
from datagen_core.engine.slices import Slice
from datagen_core.errors import InputError
from datagen_core.generators.base import TIMES
from datagen_core.generators.datetime_series import DatetimeSeriesParams, grid_of
from datagen_core.generators.sequence import SequenceParams
from datagen_core.modifiers.outliers import OutliersArgs, emptied
from datagen_core.modifiers.seasonality import SeasonalityArgs
from datagen_core.sizes import own_rows
from datagen_core.streams import BLOCK_ROWS, stream
from datagen_core.timegrid import cycle
from datagen_core.values import Values, concat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from datagen_core.behaviors.references import Way
    from datagen_core.engine.seams import ColumnLike, Offspring, SliceLike, Some, TableLike, WorldLike
    from datagen_core.generators.lookup import LookupParams
    from datagen_core.schema.model import Column, Node
    from datagen_core.timegrid import Pattern

NOTHING: frozenset[str] = frozenset()


class Table:
    """A table of a run.

    Parameters
    ----------
    world, node
        The run, and the table as the document has it.
    """

    def __init__(self, world: WorldLike, node: Node) -> None:
        self.world = world
        self.node = node
        self.name = node.id
        self.memo = Memo()

    # --- parts -----------------------------------------------------------------------------------------------------

    def column_work(self, name: str) -> ColumnWork:
        """A column at work."""
        column = self.node.column(name)
        if column is None:
            raise InputError(f"{self.name} has no column {name}")
        return self.memo.get(("work", name), lambda: ColumnWork(self, column))

    @cached_property
    def parent(self) -> TableLike | None:
        """The primary parent, which the rows of a fact follow."""
        return self.world.table(self.node.parents[0]) if self.node.kind == "fact" and self.node.parents else None

    @property
    def offspring(self) -> Offspring | None:
        """How the rows of a fact come from its primary parent's; None for tables with rows of their own."""
        return self.memo.get("offspring", lambda: offspring(self) if self.parent is not None else None)

    @property
    def fanout(self) -> FanoutWork | None:
        """How many rows each row of the primary parent has; None where something else than a fanout says so."""
        found = self.offspring
        return found if isinstance(found, FanoutWork) else None

    @property
    def keys(self) -> Keys:
        """What keeps the table's key unique."""
        return self.memo.get("keys", lambda: Keys(self))

    # --- rows ------------------------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """How many rows the table has."""
        return int(self._firsts[-1])

    @property
    def blocks(self) -> int:
        """How many blocks the table has; those of a fact are its primary parent's."""
        return len(self._firsts) - 1

    def block_rows(self, block: int) -> int:
        """How many rows a block has."""
        return int(self._firsts[block + 1] - self._firsts[block])

    @property
    def _firsts(self) -> NDArray[np.int64]:
        """The number of the first row of each block, and the table's total."""
        return self.memo.get("firsts", self._counted)

    def _counted(self) -> NDArray[np.int64]:
        if self.parent is None:
            total = own_rows(self.node)
            return np.append(np.arange(0, total, BLOCK_ROWS), total)
        rows = [self.count(block) for block in range(self.parent.blocks)]
        return np.concatenate([[0], np.cumsum(rows)]).astype(np.int64)

    def count(self, block: int) -> int:
        """How many rows a block of a fact has, by drawing its fanouts alone."""
        return sum(rows.rows for rows in self._children(block, NOTHING, None))

    def slices(self, block: int, wanted: Iterable[str]) -> Iterator[SliceLike]:
        """The slices of a block, one after the other.

        Parameters
        ----------
        wanted
            The columns that are going to be asked for, of every slice and before the next one is taken: streams are
            carried from slice to slice.
        """
        first = int(self._firsts[block])
        if self.parent is not None:
            yield from self._children(block, frozenset(wanted), first)
            return
        streams = BlockStreams(self.world.seed, self.name, block)
        rows = self.block_rows(block)
        for start in range(0, rows, self.world.slice_rows):
            yield Slice(self, streams, min(self.world.slice_rows, rows - start), first + start)

    def _children(self, block: int, wanted: frozenset[str], first: int | None) -> Iterator[SliceLike]:
        offspring, parent = self.offspring, self.parent
        if offspring is None or parent is None:
            raise InputError(f"{self.name} has no parent")
        streams = BlockStreams(self.world.seed, self.name, block)
        needed = sorted(self.parent_needs(wanted))
        for parents in parent.slices(block, needed):
            for name in needed:
                parents.values(name)
            for rows in offspring.slices(parents, streams, first):
                yield rows
                first = None if first is None else first + rows.rows

    def parent_needs(self, wanted: Iterable[str]) -> frozenset[str]:
        """The columns of the primary parent without which some columns, or the rows, cannot be made."""
        key = frozenset(wanted)
        return self.memo.get(("needs", key), lambda: self._parent_needs(key))

    def _parent_needs(self, wanted: frozenset[str]) -> frozenset[str]:
        offspring = self.offspring
        needs = set(offspring.parent_columns) if offspring is not None else set()
        wanted |= offspring.row_columns if offspring is not None else NOTHING
        for name in self.row_needs(wanted):
            needs |= self.column_work(name).parent_columns
        return frozenset(needs)

    def row_needs(self, wanted: Iterable[str]) -> frozenset[str]:
        """The columns, and all columns of the row that they need."""
        found: set[str] = set()
        waiting = list(wanted)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.column_work(name).row_columns
        return frozenset(found)

    # --- whole columns ---------------------------------------------------------------------------------------------

    def column(self, name: str) -> Values:
        """A whole column, kept: for tables that others look into at random."""
        return self.memo.get(("column", name), lambda: self._column(name))

    def _column(self, name: str) -> Values:
        parts = [rows.values(name) for block in range(self.blocks) for rows in self.slices(block, [name])]
        return concat(parts) if parts else self.no_rows().values(name)

    def no_rows(self) -> Slice:
        """A slice without rows."""
        streams = BlockStreams(self.world.seed, self.name, 0)
        family = None if self.parent is None else Family(self.parent.no_rows(), 0, np.zeros(0, dtype=np.int64))
        return Slice(self, streams, 0, 0, family=family)

    def take(self, name: str, rows: NDArray[np.int64]) -> Values:
        """A column's values of rows by their number, null for `NO_ROW`; arithmetic where the column is a sequence."""
        sequence = self.sequence(name)
        if sequence is None:
            return take_or_null(self.column(name), rows)
        numbers = rows * sequence.step + sequence.start
        lost = rows < 0
        return Values(numbers, ~lost if lost.any() else None)

    def sequence(self, name: str) -> SequenceParams | None:
        """The sequence that a column is and nothing else, or None."""
        work = self.column_work(name)
        plain = not (work.modifiers or work.bounds or work.column.null_rate or work.multipliers or work.limits.ranges)
        return work.use.params if plain and isinstance(work.use.params, SequenceParams) else None

    def children(self, child: str, names: tuple[str, ...], rows: SliceLike, purpose: str) -> Iterator[Some]:
        """The rows of a child table whose primary parents are the rows of a slice: `Context.children`.

        Parameters
        ----------
        purpose
            Sets apart what goes through the children on its own, from slice to slice.
        """
        if not rows.rows:
            return iter(())
        other = self.world.table(child)
        key = ("children", purpose, child, names)
        return rows.streams.carried(key, lambda: Children(other, names, rows.streams.block)).of(rows)

    def families(self, block: int, wanted: Iterable[str]) -> Iterator[SliceLike]:
        """The slices of a block of a fact, with what some of its columns need, for those who follow its parents."""
        return self._children(block, frozenset(wanted), int(self._firsts[block]))

    # --- ways to other tables --------------------------------------------------------------------------------------

    def along(self, way: Way, name: str, rows: SliceLike) -> Values:
        """The value of another table's row (or of this row's own other column) for each row of a slice."""
        if way.how == "row":
            return rows.values(name)
        if way.how == "parent":
            return rows.parent(name)
        other = self.world.table(way.table)
        if way.how == "pick":
            return other.take(name, rows.picked(way.table))
        return other.take(
            name, rows.shared(f"\x01join\x01{way.table}\x01{way.pairs}", lambda _: other.find(way.pairs, rows))
        )

    def find(self, pairs: tuple[tuple[str, str], ...], rows: SliceLike) -> NDArray[np.int64]:
        """This table's row for each row of another table's slice: the one whose columns agree."""
        mine = [rows.values(own) for own, _ in pairs]
        names = tuple(other for _, other in pairs)
        sequence = self.sequence(names[0]) if len(names) == 1 else None
        if sequence is not None:
            return by_sequence(mine[0], sequence, self.total)
        index = self.memo.get(("index", names), lambda: KeyIndex([self.column(name) for name in names]))
        return index.rows(mine)

    def pick(self, name: str, rng: np.random.Generator, rows: SliceLike) -> NDArray[np.int64]:
        """A random row of a table for each row of a slice of this one."""
        if name == self.name:
            return self._pick_earlier(rng, rows)
        other = self.world.table(name)
        chosen = self.memo.get(("eligible", name), lambda: self._eligible(other))
        count = other.total if chosen is None else len(chosen)
        if count == 0:
            if other.total:
                raise InputError(f"{self.name}: no row of {name} comes to be before the end of the window of its times")
            return np.full(rows.rows, NO_ROW, dtype=np.int64)
        picked = self.keys.picked(name, rng.integers(0, count, rows.rows), count, rows)
        return picked if chosen is None else chosen[picked]

    def _pick_earlier(self, rng: np.random.Generator, rows: SliceLike) -> NDArray[np.int64]:
        """A random earlier row of the same table: no row refers to itself, and there is no circle."""
        if rows.first is None:
            raise InputError(f"{self.name} refers to itself, and how many rows it has depends on that")
        number = np.arange(rows.first, rows.first + rows.rows)
        root = NO_ROW if self._rootless else 0
        return np.where(number == 0, root, np.minimum((rng.random(rows.rows) * number).astype(np.int64), number - 1))

    @property
    def _rootless(self) -> bool:
        """Whether the first row refers to nothing: every column that looks into its own table may be null."""
        return all(column.nullable for column, params in self._lookups if params.table == self.name)

    @cached_property
    def _lookups(self) -> list[tuple[Column, LookupParams]]:
        return list(lookups(self.world.document, self.node))

    def _eligible(self, other: TableLike) -> NDArray[np.int64] | None:
        """The rows of another table that come to be early enough for this table's times; None for all."""
        latest: NDArray[np.bool_] | None = None
        for column in self.node.columns:
            if column.type not in TIMES:
                continue
            work = self.column_work(column.name)
            for bound in work.bounds:
                if bound.way.how == "pick" and bound.way.table == other.name and not bound.upper:
                    last = work.limits.latest
                    floor = instants(column.type, bound, other.column(bound.column))
                    early = floor <= (highest("datetime", 1 << 60, strict=False) if last is None else last)
                    latest = early if latest is None else latest & early
        return None if latest is None or latest.all() else np.flatnonzero(latest)

    # --- times -----------------------------------------------------------------------------------------------------

    def shaping(self, work: ColumnLike) -> tuple[Pattern, ...]:
        """The patterns that modifiers put on a time column, and effects on the time of a table's rows."""
        patterns: list[Pattern] = []
        for index, use, _ in work.modifiers:
            if isinstance(use.params, SeasonalityArgs):
                patterns.append(cycle(use.params.dimension, use.params.weights))
            elif isinstance(use.params, OutliersArgs) and isinstance(work.use.params, DatetimeSeriesParams):
                frame = self.world.document.timeframe
                grid = grid_of(work.use.params, self.world.timeframe, frame.freq)
                rng = stream(self.world.seed, self.name, f"{work.column.name}\x01{index}\x02periods")
                patterns.append(emptied(use.params, grid.span, grid.freq.micros or 1, rng))
        if work.is_time and self.fanout is not None:
            patterns += self.fanout.patterns
        return tuple(patterns)
