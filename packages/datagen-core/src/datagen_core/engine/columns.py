"""A column at work: its generator, what acts on its values afterwards, and what they may not be below or above.

The order for a value: generator → multipliers of segment and age → modifiers → clamp of its distribution → inequalities
and ranges → null_rate → the column's type.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from datagen_core import registry
from datagen_core.behaviors import bounds as bounding
from datagen_core.behaviors.creation import time_column
from datagen_core.behaviors.references import Way, generator_of
from datagen_core.distributions import DistributionParams
from datagen_core.engine.cells import Cells
from datagen_core.engine.limits import Limits
from datagen_core.engine.memo import Memo
from datagen_core.engine.multipliers import Multiplier, multipliers
from datagen_core.errors import InputError
from datagen_core.generators.base import NUMBERS, TIMES, Place, Reads
from datagen_core.generators.lookup import LookupParams
from datagen_core.values import Values, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.behaviors.bounds import Bound
    from datagen_core.engine.seams import SliceLike, TableLike
    from datagen_core.generators.base import GeneratorSpec
    from datagen_core.modifiers.base import ModifierSpec
    from datagen_core.schema.model import Column, ModifierUse


class ColumnWork:
    """How a column is made.

    Parameters
    ----------
    table, column
        The table at work, and the column as the document has it.
    """

    def __init__(self, table: TableLike, column: Column) -> None:
        self.table = table
        self.column = column
        document = table.world.document
        self.use = generator_of(document, table.node, column)
        self.spec: GeneratorSpec = _spec("generators", self.use.name)
        self.bounds = bounding.bounds_of(document, table.node, column)
        self.memo = Memo()
        self.limits = Limits(self)
        self._place = Place(document, table.node, column)

    @cached_property
    def modifiers(self) -> list[tuple[int, ModifierUse, ModifierSpec]]:
        """(position, use, spec) of the column's modifiers."""
        return [(index, use, _spec("modifiers", use.name)) for index, use in enumerate(self.column.modifiers)]

    @cached_property
    def _changes(self) -> list[tuple[int, ModifierUse, ModifierSpec]]:
        """The modifiers that change values; the others shape how often an instant occurs."""
        return [one for one in self.modifiers if not (one[2].shapes_time and self.column.type in TIMES)]

    @cached_property
    def multipliers(self) -> list[Multiplier]:
        """What segments and age of its parents do to the column's values."""
        return list(multipliers(self)) if self.column.type in NUMBERS else []

    @cached_property
    def is_time(self) -> bool:
        """Whether this is the column that holds a row's time."""
        own = time_column(self.table.node)
        return own is not None and own.name == self.column.name

    @cached_property
    def unique(self) -> bool:
        """Whether no value may come twice."""
        node, column = self.table.node, self.column
        constrained = column.constraints is not None and column.constraints.unique
        listed = f"{node.id}.{column.name}" in self.table.world.document.constraints.unique
        return column.unique or constrained or listed or node.keys == (column.name,)

    @cached_property
    def reads(self) -> Reads:
        """What the generator and the modifiers say that they read."""
        found = [self.spec.reads(self.use.params, self._place)]
        found += [spec.reads(use.params, self._place) for _, use, spec in self.modifiers]
        row = dict.fromkeys(name for one in found for name in one.row)
        tables = dict.fromkeys(pair for one in found for pair in one.tables)
        return Reads(tuple(row), tuple(tables))

    @cached_property
    def row_columns(self) -> frozenset[str]:
        """All columns of the row that have to be made before this one."""
        names = {name for name in self.reads.row if self.table.node.column(name) is not None}
        for way, column in self._ways():
            names |= {mine for mine, _ in way.pairs}
            names |= {column} if way.how == "row" else set()
        if any(one.curves for one in self.multipliers) and (own := time_column(self.table.node)):
            names.add(own.name)
        return frozenset(names - {self.column.name})

    @cached_property
    def parent_columns(self) -> frozenset[str]:
        """The columns of the primary parent that are needed."""
        names = {column for way, column in self._ways() if way.how == "parent"}
        params = self.use.params
        if isinstance(params, LookupParams) and not params.pairs and self.table.node.parents[:1] == (params.table,):
            names.add(params.column)
        role = getattr(self.use.params, "role", None)
        if role is not None and self.table.offspring is not None:
            names |= self.table.offspring.role_columns(role)
        if self.is_time and self.table.fanout is not None:
            names |= self.table.fanout.parent_columns
        return frozenset(names)

    def _ways(self) -> Iterator[tuple[Way, str]]:
        for bound in self.bounds:
            yield bound.way, bound.column
        for multiplier in self.multipliers:
            yield multiplier.way, multiplier.column

    def make(self, rows: SliceLike) -> Values:
        """The column's values for a slice."""
        equal = next((bound for bound in self.bounds if bound.equal), None)
        if equal is not None:
            return settled(self.bounding(equal, rows), self.column.type)
        cells = Cells(self, rows)
        made = self.spec.make(self.use.params, cells)
        made = self.limits.patterned(made, cells)
        for multiplier in self.multipliers:
            made = multiplier.apply(made, rows)
        for index, use, spec in self._changes:
            made = spec.make(made, use.params, Cells(self, rows, f"\x01{index}"))
        made = self.limits.apply(made, cells)
        return settled(self._with_nulls(made, cells), self.column.type)

    def _with_nulls(self, made: Values, cells: Cells) -> Values:
        if not self.column.null_rate:
            return made
        return made.with_nulls(cells.rng("null").random(len(made)) < self.column.null_rate)

    def bounding(self, bound: Bound, rows: SliceLike) -> Values:
        """The values of another column that bound this one's."""
        return rows.table.along(bound.way, bound.column, rows)

    @property
    def name(self) -> str:
        """``table.column``, for messages."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def clamp(self) -> tuple[float, float] | None:
        """The bounds of the column's distribution."""
        params = self.use.params
        return (params.clamp or params.truncate) if isinstance(params, DistributionParams) else None


def _spec(kind: str, name: str) -> Any:
    spec = registry.spec(kind, name)
    if spec is None:
        raise InputError(f"nothing is registered under {name} in {kind}")
    return spec
