"""What the segment and the age of a parent do to the values of its children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors import segments
from datagen_core.behaviors.creation import time_column
from datagen_core.behaviors.references import way_to
from datagen_core.behaviors.vintage import height_at, multipliers_of
from datagen_core.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.behaviors.references import Way
    from datagen_core.engine.seams import ColumnLike, SliceLike
    from datagen_core.schema.model import AgeMultiplier, SegmentBehavior


@dataclass(frozen=True, slots=True)
class Multiplier:
    """A factor on a child's values.

    Parameters
    ----------
    way, column
        Where the parent's segment, or its creation, stands.
    segments
        The parent's segments, for a factor by segment.
    curves
        The parent's curves, for a factor by age at the child's time.
    """

    way: Way
    column: str
    segments: SegmentBehavior | None = None
    curves: tuple[AgeMultiplier, ...] = ()

    def apply(self, values: Values, rows: SliceLike) -> Values:
        """The values times the factor; what cannot be known (a null segment or time) counts 1."""
        source = rows.table.along(self.way, self.column, rows)
        if self.segments is not None:
            factor = segments.traits(self.segments, source, "value_multiplier")
            return values.map_numbers(lambda numbers: numbers * factor)
        own = time_column(rows.table.node)
        if own is None:
            return values
        time = rows.values(own.name)
        age = (time.numbers - source.numbers).astype(np.float64)
        factor = np.ones(len(age))
        for curve in self.curves:
            factor *= height_at(curve, age)
        known = ~(time.nulls() | source.nulls())
        return values.map_numbers(lambda numbers: numbers * factor, also=None if known.all() else known)


def multipliers(work: ColumnLike) -> Iterator[Multiplier]:
    """All factors on a column."""
    document, node, column = work.table.world.document, work.table.node, work.column
    for name in node.parents:
        parent, way = document.node(name), way_to(document, node, name)
        if parent is None or way is None:
            continue
        behavior = parent.segment_behavior
        if (
            behavior is not None
            and column.name in behavior.applies_to_columns
            and segments.differs(behavior, "value_multiplier")
        ):
            yield Multiplier(way, behavior.segment_column, segments=behavior)
        vintage = parent.vintage_behavior
        if vintage is not None and time_column(node) is not None:
            curves = tuple(multipliers_of(vintage, column, numeric=work.use.name == "distribution"))
            if curves:
                yield Multiplier(way, vintage.created_at_column, curves=curves)
