"""What a run is asked for, what it tells while it works, and what it gives back: the seam between callers and engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

SEED = 42
COMPRESSIONS = ("zstd", "snappy", "gzip", "none")
FORMATS = ("parquet", "csv", "jsonl", "duckdb")
EXPORT_FORMATS = FORMATS[1:]


@dataclass(frozen=True, slots=True)
class Part:
    """One of so many parts of a dataset, numbered from 1."""

    number: int
    of: int


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run.

    Parameters
    ----------
    seed
        Any integer; the same document, seed and version give the same rows.
    workers
        How many threads make blocks; None for one per core. The rows do not depend on it.
    only
        The tables to write; empty for all. What they need is made and not written.
    compression
        One of `COMPRESSIONS`, for Parquet; None for the format's own.
    format
        One of `FORMATS`, or a format that a plugin adds.
    parts
        How many parts each table is cut into; None to let its rows decide.
    part
        The one part that is made; None for all.
    """

    seed: int = SEED
    workers: int | None = None
    only: tuple[str, ...] = ()
    compression: str | None = None
    format: str = "parquet"
    parts: int | None = None
    part: Part | None = None


class Progress(Protocol):
    """Told while a run goes on; may be called from several threads."""

    def begin(self, table: str, rows: int) -> None:
        """Work on a table begins; it will have that many rows."""

    def advance(self, table: str, rows: int) -> None:
        """So many more rows of the table are made."""

    def end(self, table: str, rows: int) -> None:
        """The table is complete."""


class Silent:
    """Tells nobody anything."""

    def begin(self, table: str, rows: int) -> None:
        """Nothing."""

    def advance(self, table: str, rows: int) -> None:
        """Nothing."""

    def end(self, table: str, rows: int) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class TableResult:
    """A table that was written: its rows, its files' names relative to the dataset, and their bytes."""

    name: str
    rows: int
    files: tuple[str, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class Result:
    """A dataset that was written.

    Parameters
    ----------
    directory
        Where it lies.
    tables
        Its tables, in the document's order.
    seconds
        How long it took.
    metadata
        The content of its ``.metadata.json``.
    notes
        What a reader should know and what is no mistake: values that fell back to a default, files left alone.
    """

    directory: Path
    tables: tuple[TableResult, ...]
    seconds: float
    metadata: dict[str, Any]
    notes: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def bytes(self) -> int:
        """The bytes of all files; one that holds several tables counts once."""
        return sum({table.files: table.bytes for table in self.tables}.values())
