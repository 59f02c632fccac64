"""All tables of a run: what they share, and how they find each other."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from datagen_core.engine.memo import Memo
from datagen_core.engine.tables import Table
from datagen_core.errors import InputError
from datagen_core.instants import Span, parse_instant
from datagen_core.streams import BLOCK_ROWS

if TYPE_CHECKING:
    from datagen_core.schema.model import Document

SLICE_ROWS = BLOCK_ROWS
"""Rows that are worked on at once: temporaries of that many numbers stay in a core's cache."""


class World:
    """The tables of a document, for one seed.

    Parameters
    ----------
    document
        A document that preflight has passed.
    seed
        The run's seed.
    slice_rows
        Rows that are worked on at once; no row depends on it.
    """

    def __init__(
        self,
        document: Document,
        seed: int,
        slice_rows: int = SLICE_ROWS,
    ) -> None:
        self.document = document
        self.seed = seed
        self.slice_rows = slice_rows
        frame = document.timeframe
        self.timeframe = Span(parse_instant(frame.start) or 0, parse_instant(frame.end, end=True) or 0)
        self._tables = Memo()
        self._told: dict[tuple[str, str], dict[int, int]] = {}
        self._lock = Lock()

    def table(self, name: str) -> Table:
        """The table of a name, at work."""
        node = self.document.node(name)
        if node is None:
            raise InputError(f"there is no table {name}")
        return self._tables.get(name, lambda: Table(self, node))

    def tally(self, column: str, what: str, first: int, count: int) -> None:
        """Keep something to tell after the run; said of the same rows twice it counts once."""
        with self._lock:
            self._told.setdefault((column, what), {})[first] = count

    def notes(self) -> list[str]:
        """What people should hear of after the run, one sentence for each column and matter."""
        return [
            f"{column}: {sum(counts.values()):,} rows {what}" for (column, what), counts in sorted(self._told.items())
        ]
