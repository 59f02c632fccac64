"""Segments of a parent: how much more often its children come, how much more they are worth, how fast it ages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.values import Values, plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from datagen_core.schema.model import SegmentBehavior


def traits(behavior: SegmentBehavior, segments: Values, trait: str) -> NDArray[np.float64]:
    """A trait of each row by the segment it is in; 1 for segments without behaviour.

    Parameters
    ----------
    segments
        The rows' values of the segment column.
    trait
        ``fanout_multiplier``, ``value_multiplier`` or ``decay_rate`` (the speed at which a row runs through its curves of
        activity by age: 2 ages twice as fast).
    """
    names = list(behavior.behaviors)
    table = np.array([getattr(behavior.behaviors[name], trait) for name in names] + [1.0])
    text = plain(segments.data) if segments.is_text else pa.array(segments.numbers).cast(pa.string())
    found = pc.index_in(text, value_set=pa.array(names, pa.string()), skip_nulls=True).fill_null(len(names))
    made: NDArray[np.float64] = table[found.to_numpy(zero_copy_only=False)]
    return made


def differs(behavior: SegmentBehavior | None, trait: str) -> bool:
    """Whether a trait differs from 1 in any segment."""
    return behavior is not None and any(getattr(one, trait) != 1.0 for one in behavior.behaviors.values())
