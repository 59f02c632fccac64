"""How a table is cut into files, and which of them a run makes.

A part is a run of whole blocks. Without being asked, tables of many rows are cut where a part has `PART_ROWS` rows; a
run that is told a number of parts cuts every table into so many, by its blocks. A fact has the blocks of its primary
parent, so that part 7 of a fact holds the children of part 7 of its parent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datagen_core.engine.tables import Table
    from datagen_core.run import Part

PART_ROWS = 16_777_216
"""Rows of a part at least, where nobody says how many parts there are: about 200 MB of a table with five columns."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a run makes of a table.

    Parameters
    ----------
    blocks
        The blocks that are made.
    first_part
        The number of the first file; None where the table is one file.
    ends
        The blocks after which a file ends, though more are to come.
    """

    blocks: range
    first_part: int | None
    ends: frozenset[int] = frozenset()

    @property
    def is_nothing(self) -> bool:
        """Whether not even a file without rows is made: the table has fewer blocks than there are parts before."""
        return not self.blocks and bool(self.first_part)

    def rows(self, table: Table) -> int:
        """How many rows of the table are made."""
        return sum(table.block_rows(block) for block in self.blocks)


def cut(table: Table, parts: int | None, part: Part | None) -> Cut:
    """What a run makes of a table.

    Parameters
    ----------
    parts
        How many parts each table is cut into; None to let its rows decide.
    part
        The one part that is made; None for all.
    """
    if part is not None:
        blocks = blocks_of(table.blocks, part.number - 1, part.of)
        return Cut(blocks, part.number - 1)
    if parts is not None:
        every = [blocks_of(table.blocks, number, parts) for number in range(parts)]
        return Cut(range(table.blocks), 0, frozenset(blocks[-1] for blocks in every if blocks))
    if table.total <= PART_ROWS:
        return Cut(range(table.blocks), None)
    return Cut(range(table.blocks), 0, frozenset(_by_rows(table)))


def blocks_of(blocks: int, number: int, parts: int) -> range:
    """The blocks of one part of a table, numbered from 0; where there are fewer blocks than parts, the last have none."""
    if blocks <= parts:
        return range(min(number, blocks), min(number + 1, blocks))
    return range(number * blocks // parts, (number + 1) * blocks // parts)


def _by_rows(table: Table) -> list[int]:
    ends, rows = [], 0
    for block in range(table.blocks):
        rows += table.block_rows(block)
        if rows >= PART_ROWS:
            ends.append(block)
            rows = 0
    return ends
