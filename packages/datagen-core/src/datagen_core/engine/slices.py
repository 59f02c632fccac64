"""A slice: some consecutive rows of one block of one table, whose columns are made when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from datagen_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from datagen_core.engine.block import BlockStreams
    from datagen_core.engine.seams import Family, TableLike
    from datagen_core.values import Values

    Roles = Callable[[str], Values]

Made = TypeVar("Made")
NO_ROW = -1  # the row of another table that a row does not have


class Slice:
    """Consecutive rows of a block.

    Parameters
    ----------
    table, streams
        Whose rows they are, and the block's streams.
    rows, first
        How many there are, and the number of the first in the table; None before the table's rows are counted.
    family
        For a fact: whose children the rows are.
    roles
        For the rows of a process: what its columns hold by their role.
    """

    __slots__ = ("_kept", "_roles", "_shared", "_values", "family", "first", "rows", "streams", "table")

    def __init__(  # noqa: PLR0913 - what makes a slice is all that its columns may depend on
        self,
        table: TableLike,
        streams: BlockStreams,
        rows: int,
        first: int | None,
        *,
        family: Family | None = None,
        roles: Roles | None = None,
    ) -> None:
        self.table = table
        self.streams = streams
        self.rows = rows
        self.first = first
        self.family = family
        self._roles = roles
        self._values: dict[str, Values] = {}
        self._shared: dict[str, Any] = {}
        self._kept: NDArray[np.int64] | None = None

    def values(self, name: str) -> Values:
        """A column of these rows."""
        found = self._values.get(name)
        if found is None:
            found = self._values[name] = self.table.column_work(name).make(self)
        return found

    def shared(self, purpose: str, make: Callable[[np.random.Generator], Made]) -> Made:
        """What `make` draws from the table's stream of a purpose, once for the slice."""
        if purpose not in self._shared:
            self._shared[purpose] = make(self.streams.get(purpose))
        return self._shared[purpose]  # type: ignore[no-any-return]

    def role(self, role: str) -> Values:
        """What a column holds that plays a role in the table's process."""
        if self._roles is None:
            raise InputError(f"{self.table.name} is no funnel, no state model and no chain of touchpoints")
        return self._roles(role)

    @property
    def parent_rows(self) -> NDArray[np.int64]:
        """For each row the position of its parent in the parent's slice."""
        if "\x01parent" not in self._shared:
            family = self.related
            rows = np.repeat(np.arange(family.start, family.start + len(family.children)), family.children)
            self._shared["\x01parent"] = rows if self._kept is None else rows[self._kept]
        return self._shared["\x01parent"]  # type: ignore[no-any-return]

    @property
    def related(self) -> Family:
        """The family, of a slice that has one."""
        if self.family is None:
            raise InputError(f"{self.table.name} has no parent")
        return self.family

    def of_parents(self, values: Values) -> Values:
        """Values of the parents in this slice (as `own_parents` gives them), repeated for each child."""
        if self._kept is None and not values.is_text:
            children = self.related.children
            valid = None if values.valid is None else np.repeat(values.valid, children)
            return type(values)(np.repeat(values.numbers, children), valid)
        return values.take(self.parent_rows - self.related.start)

    def own_parents(self, values: Values) -> Values:
        """The part of a parent column's slice that belongs to the parents of these rows."""
        start, count = self.related.start, len(self.related.children)
        if start == 0 and count == len(values):
            return values
        return values.take(np.arange(start, start + count))

    def parent(self, name: str) -> Values:
        """A column of the primary parent, for each of its children."""
        key = f"\x01parent\x01{name}"
        if key not in self._shared:
            self._shared[key] = self.of_parents(self.own_parents(self.related.parents.values(name)))
        return self._shared[key]  # type: ignore[no-any-return]

    def picked(self, table: str) -> NDArray[np.int64]:
        """The row of another table that each row refers to, drawn once per (row, table)."""
        return self.shared(f"\x01pick\x01{table}", lambda rng: self.table.pick(table, rng, self))

    def thinned(self, keep: NDArray[np.bool_], first: int | None) -> Slice:
        """The slice of the rows that are kept; columns and draws that decided about it come along."""
        rows = np.flatnonzero(keep)
        kept = Slice(self.table, self.streams, len(rows), first, family=self.family)
        kept._kept = rows
        kept._values = {name: made.keep(keep) for name, made in self._values.items()}
        kept._shared = {
            purpose: made[keep]
            for purpose, made in self._shared.items()
            if isinstance(made, np.ndarray) and len(made) == self.rows and not purpose.startswith("\x01parent")
        }
        return kept

    @property
    def weights_of_parents(self) -> NDArray[np.int64]:
        """How many rows of this slice each parent from `start` on has."""
        if self._kept is None:
            return self.related.children
        count = len(self.related.children)
        return np.bincount(self.parent_rows - self.related.start, minlength=count).astype(np.int64)
