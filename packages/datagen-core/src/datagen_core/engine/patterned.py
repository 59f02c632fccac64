"""Strings of a free generator made to match the column's pattern."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.patterns import Pattern
from datagen_core.pools.draws import words
from datagen_core.values import Values, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datagen_core.engine.cells import Cells


class Patterned:
    """The patterns of a column: strings that match all of them stay, the others are made from the first."""

    def __init__(self, regexes: Sequence[str]) -> None:
        self._regexes = regexes

    @cached_property
    def _patterns(self) -> list[Pattern]:
        return [Pattern(regex) for regex in self._regexes]

    def mend(self, values: Values, cells: Cells) -> Values:
        """The values with what does not match replaced; in a unique column all of them, so that none comes twice."""
        first = self._patterns[0]
        drawn = words(cells.rng("pattern"), len(values))
        if cells.unique:
            numbers = np.arange(cells.first, cells.first + cells.rows, dtype=np.uint64)
            return Values(first.unique(numbers, cells.key("pattern")))
        text = plain(values.data)
        good = np.logical_and.reduce([pattern.matches(text) for pattern in self._patterns])
        return values if good.all() else Values(pc.if_else(pa.array(good), text, first.make(drawn)))
