"""Keys of several columns at work: how their combinations stay apart."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors.keys import key_plan, names_once
from datagen_core.behaviors.siblings import Siblings
from datagen_core.engine.cells import Cells
from datagen_core.errors import InputError
from datagen_core.generators.choice import ChoiceParams
from datagen_core.generators.datetime_series import DatetimeSeriesParams, sampler
from datagen_core.generators.lookup import LookupParams
from datagen_core.pools.draws import permute
from datagen_core.streams import number_for
from datagen_core.values import distinct, from_scalars

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from datagen_core.engine.seams import SliceLike, TableLike

_PURPOSE = "\x01key"


class Keys:
    """The key of a table.

    Parameters
    ----------
    table
        The table at work.
    """

    def __init__(self, table: TableLike) -> None:
        self._table = table
        self.plan = key_plan(table.world.document, table.node)

    def picked(self, name: str, picked: NDArray[np.int64], count: int, rows: SliceLike) -> NDArray[np.int64]:
        """The rows of another table that the rows of a slice refer to, such that their keys differ.

        Parameters
        ----------
        picked, count
            What was drawn, and of how many.
        """
        if self.plan.kind == "siblings" and self.plan.table == name and rows.rows:
            streams = rows.streams
            siblings = Siblings(rows.parent_rows, f"{self._table.name}.{self.plan.column}")
            return siblings.apart(
                picked,
                lambda some, number: streams.get(f"{_PURPOSE}\x02{number}").integers(0, count, len(some)),
                count,
            )
        if name in self._once:
            return self._bijection(name, count, rows)
        column = self._numbering.get(name)
        return picked if column is None else self.digit(column, rows)

    @cached_property
    def _once(self) -> frozenset[str]:
        """Tables of which no row may be looked up twice, because a column that holds their key is unique."""
        works = [self._table.column_work(column.name) for column in self._table.node.columns]
        looked = [(one, one.use.params) for one in works if one.unique and isinstance(one.use.params, LookupParams)]
        document, node = self._table.world.document, self._table.node
        return frozenset(params.table for _, params in looked if names_once(document, node, params) == "random")

    def _bijection(self, name: str, count: int, rows: SliceLike) -> NDArray[np.int64]:
        if rows.first is None:
            raise InputError(f"{self._table.name}: which rows of {name} it refers to depends on the rows' numbers")
        if self._table.total > count:
            raise InputError(
                f"{self._table.name}: {self._table.total} rows, and {name} has {count} that they may refer to"
            )
        numbers = np.arange(rows.first, rows.first + rows.rows, dtype=np.uint64)
        key = number_for(self._table.world.seed, self._table.name, f"\x01once\x02{name}")
        return permute(numbers, count, key).astype(np.int64)

    @cached_property
    def _numbering(self) -> dict[str, str]:
        """Tables whose row the row's own number chooses, and the key column that looks into each."""
        if self.plan.kind != "numbered":
            return {}
        works = [self._table.column_work(name) for name in self._table.node.keys]
        return {one.use.params.table: one.column.name for one in works if isinstance(one.use.params, LookupParams)}

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return {name: self._size(name) for name in self._table.node.keys}

    def _size(self, name: str) -> int:
        """How many values a key column can have."""
        work = self._table.column_work(name)
        params = work.use.params
        if isinstance(params, DatetimeSeriesParams):
            return sampler(params, Cells(work, None)).size
        if isinstance(params, ChoiceParams):
            if params.choices is not None:
                return len(from_scalars(params.choices, work.column.type))
            table, _, column = (params.choices_ref or "").rpartition(".")
            return len(distinct(self._table.world.table(table).column(column)))
        return self._table.world.table(params.table).total

    def digit(self, name: str, rows: SliceLike) -> NDArray[np.int64]:
        """Which of its values each row has in a key column: the rows' numbers, permuted, in mixed radix."""
        sizes = self._sizes
        total = math.prod(sizes.values())
        if rows.first is None:
            raise InputError(f"{self._table.name}.{name} depends on the row's number, and that on {name}")
        if self._table.total > total:
            shown = " × ".join(f"{size} {column}" for column, size in sizes.items())
            raise InputError(f"{self._table.name}: {self._table.total} rows, and {shown} make {total} keys")
        numbers = np.arange(rows.first, rows.first + rows.rows, dtype=np.uint64)
        key = number_for(self._table.world.seed, self._table.name, _PURPOSE)
        places = permute(numbers, total, key).astype(np.int64)
        below = math.prod(size for column, size in sizes.items() if list(sizes).index(column) > list(sizes).index(name))
        made: NDArray[np.int64] = places // below % sizes[name]
        return made
