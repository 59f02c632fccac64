"""The children of a table's rows, fetched slice by slice while the table itself is made slice by slice.

A block of children follows its parent's block, so that both can be gone through side by side: neither is ever whole in
memory. The parents' slices are made a second time for the children; no draw depends on who asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.engine.seams import SliceLike, Some, TableLike


class Children:
    """One way through the children of a block.

    Parameters
    ----------
    child, names, block
        The child table, the columns that are wanted, and the block.
    """

    def __init__(self, child: TableLike, names: tuple[str, ...], block: int) -> None:
        self._child = child
        self._names = names
        self._slices = child.families(block, names)
        self._ahead: SliceLike | None = None

    def of(self, parents: SliceLike) -> Iterator[Some]:
        """The children of a slice of parents: the position of each one's parent in it, their columns, how many they are."""
        first = parents.first
        if first is None:
            raise InputError(
                f"{parents.table.name}: its rows depend on those of {self._child.name}, which depend on them"
            )
        while (rows := self._next()) is not None:
            begins = rows.related.parents.first
            if begins is None or begins >= first + parents.rows:
                self._ahead = rows
                return
            if begins >= first:
                whose = np.asarray(rows.parent_rows + (begins - first), dtype=np.int64)
                yield whose, {name: rows.values(name) for name in self._names}, rows.rows

    def _next(self) -> SliceLike | None:
        if self._ahead is not None:
            rows, self._ahead = self._ahead, None
            return rows
        return next(self._slices, None)
