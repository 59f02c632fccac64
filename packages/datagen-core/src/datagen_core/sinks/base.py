"""What a sink is told of a table, what it gives back, and how rows become one file or numbered parts.

A sink is a module of this package that defines ``SPEC``: how to open a dataset of its format in a directory. Rows come in
order, an Arrow array per column; a file that is complete is described by its size and digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

Layout = Literal["ordered", "repeated", "plain"]
"""What a column's values are like: ``ordered`` ints and times that are close to their neighbours or whose size is
small beside 64 bits; ``repeated`` values that come often; ``plain`` all others."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column as it is written.

    Parameters
    ----------
    name, type, nullable
        As in the file.
    layout
        What its values are like.
    """

    name: str
    type: pa.DataType
    nullable: bool
    layout: Layout


@dataclass(frozen=True, slots=True)
class File:
    """A file that was written: its name relative to the dataset, bytes, digest, rows."""

    path: str
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds another table's key."""

    column: str
    table: str
    key: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A table before its rows.

    Parameters
    ----------
    name, fields
        The table and its columns.
    first_part
        The number of the first file where the table is cut into parts; None for one file.
    primary_key, references
        The key's columns, and what refers to other tables.
    """

    name: str
    fields: tuple[Field, ...]
    first_part: int | None = None
    primary_key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()


class TableSink(Protocol):
    """Takes the rows of one table."""

    def prepare(self, arrays: Sequence[pa.Array]) -> Any:
        """Rows in the form that `append` takes; called by several threads, in any order.

        There is an array per column. Strings may come as dictionaries.
        """

    def append(self, prepared: Any, rows: int) -> None:
        """Add so many rows, in order."""

    def end_part(self) -> None:
        """A file ends here, also one without rows; the next rows begin another."""

    def close(self) -> list[File]:
        """Write what is left and say what was written; a table without rows is a file without rows."""

    def abandon(self) -> None:
        """Let go of the open file; what was written is no table."""


class DatasetSink(Protocol):
    """Takes the tables of one dataset; several may be open at once.

    Parameters
    ----------
    notes
        What a reader should know of the files when all is done.
    """

    notes: list[str]

    def table(self, shape: Shape) -> TableSink:
        """Open a table."""

    def finish(self, files: Mapping[str, list[File]]) -> dict[str, list[File]]:
        """All tables are closed, and these are their files: say which files are the dataset's."""


@dataclass(frozen=True, slots=True)
class SinkSpec:
    """A format.

    Parameters
    ----------
    name
        The word for it.
    open
        (directory, compression or None) → the dataset's sink.
    check
        Says why tables can't be written in this format, before work begins; None where they can.
    """

    name: str
    open: Callable[[Path, str | None], DatasetSink]
    check: Callable[[Sequence[Shape]], str | None] = lambda _: None


class Files:
    """A dataset whose tables are files of their own."""

    def __init__(self, open_table: Callable[[Shape], TableSink]) -> None:
        self._open_table = open_table
        self.notes: list[str] = []

    def table(self, shape: Shape) -> TableSink:
        """Open a table."""
        return self._open_table(shape)

    def finish(self, files: Mapping[str, list[File]]) -> dict[str, list[File]]:
        """The tables' files are the dataset's."""
        return dict(files)


class FileTable:
    """The files of one table: ``<name><suffix>``, or ``<name>/part-00000<suffix>`` and so on.

    Parameters
    ----------
    folder
        The directory of the dataset.
    shape
        The table.
    """

    suffix: str

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder = folder
        self.shape = shape
        self._files: list[File] = []
        self._part_rows = 0
        self._is_open = False

    def prepare(self, arrays: Sequence[pa.Array]) -> Any:
        """The rows as they are."""
        return arrays

    def append(self, prepared: Any, rows: int) -> None:
        """Add so many rows, in order."""
        if not self._is_open:
            self._begin()
        self._part_rows += rows
        self.put(prepared)

    def end_part(self) -> None:
        """A file ends here, also one without rows; the next rows begin another."""
        if not self._is_open:
            self._begin()
        self.end()
        self._is_open = False
        self._files.append(described(self.folder, self._path, self._part_rows))
        self._part_rows = 0

    def close(self) -> list[File]:
        """Write what is left and say what was written; a table without rows is a file without rows."""
        if self._is_open or not self._files:
            self.end_part()
        return self._files

    def _begin(self) -> None:
        target = self.folder / self._path
        target.parent.mkdir(parents=True, exist_ok=True)
        self.begin(target)
        self._is_open = True

    @property
    def _path(self) -> str:
        if self.shape.first_part is None:
            return f"{self.shape.name}{self.suffix}"
        return f"{self.shape.name}/part-{self.shape.first_part + len(self._files):05d}{self.suffix}"

    def begin(self, target: Path) -> None:
        """Open a file."""
        raise NotImplementedError

    def put(self, prepared: Any) -> None:
        """Add rows to the open file."""
        raise NotImplementedError

    def end(self) -> None:
        """Write what is left and close the file."""
        raise NotImplementedError

    def abandon(self) -> None:
        """Let go of the open file; what was written is no table."""
        raise NotImplementedError


def described(folder: Path, path: str, rows: int) -> File:
    """A file with its size and digest."""
    target = folder / path
    with target.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return File(path, target.stat().st_size, digest, rows)
