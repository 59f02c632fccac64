"""Segments of a parent: how much more often its children come, how much more they are worth, how fast it ages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.values import Values, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from datagen_core.schema.model import (
        Column,
        Document,
        Node,
        Scalar,
        SegmentBehavior,
        StageVariation,
        StateVariation,
    )


DEEPEST = 16  # look-ups of look-ups that are followed


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
    return _by_segment(names, [getattr(behavior.behaviors[name], trait) for name in names], segments)


def _by_segment(names: list[str], factors: list[float], segments: Values) -> NDArray[np.float64]:
    """The factor of each row's segment; 1 for segments without one."""
    table = np.array([*factors, 1.0])
    if segments.is_text and pa.types.is_dictionary(segments.data.type):
        words = _by_segment(names, factors, Values(segments.data.dictionary))
        index = segments.data.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        by_word: NDArray[np.float64] = np.append(words, 1.0)[index]
        return by_word
    text = plain(segments.data) if segments.is_text else pa.array(segments.numbers).cast(pa.string())
    found = pc.index_in(text, value_set=pa.array(names, pa.string()), skip_nulls=True).fill_null(len(names))
    made: NDArray[np.float64] = table[found.to_numpy(zero_copy_only=False)]
    return made


def variation(
    varied: Mapping[str, StageVariation | StateVariation], segments: Values | None, rows: int
) -> NDArray[np.float64]:
    """What each row's rates of going on are multiplied by, by the segment it is in; 1 where none is declared."""
    if segments is None or not varied:
        return np.ones(rows)
    return _by_segment(list(varied), [one.factor for one in varied.values()], segments)


def column_of(document: Document, parent: Node, names: Iterable[str]) -> str | None:
    """The column that holds a parent's segments: by its `segment_behavior`, else the one column that lists them all."""
    if parent.segment_behavior is not None:
        return parent.segment_behavior.segment_column
    found = [column.name for column in parent.columns if set(names) <= _listed(document, column)]
    return found[0] if len(found) == 1 else None


def _listed(document: Document, column: Column, depth: int = 0) -> set[Scalar]:
    """The words that a column lists, or the one that it looks up."""
    params = column.generator.params
    if column.type != "string" or depth > DEEPEST:
        return set()
    listed = getattr(params, "choices", None) or getattr(params, "values", None)
    source = getattr(params, "source", None) or getattr(params, "choices_ref", None)
    found = document.resolve(source) if isinstance(source, str) else None
    if found is not None:
        return _listed(document, found[1], depth + 1)
    return set(listed) if isinstance(listed, tuple) else set()


def differs(behavior: SegmentBehavior | None, trait: str) -> bool:
    """Whether a trait differs from 1 in any segment."""
    return behavior is not None and any(getattr(one, trait) != 1.0 for one in behavior.behaviors.values())
