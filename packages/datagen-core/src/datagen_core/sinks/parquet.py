"""Parquet: one file per table, or numbered parts of a directory for tables of more than `PART_ROWS` rows.

Encodings follow what a column is: sequences, keys and times as differences (``DELTA_BINARY_PACKED``), a dictionary for
what repeats, plain for the rest. zstd at level 1: higher levels cost much time for little space.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from datagen_core.sinks.base import Field, File

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PART_ROWS = 16_777_216
"""Rows of a part at least; parts end where blocks end. 256 blocks, about 200 MB of a table with five columns."""

GROUP_BYTES = 32 * 1024 * 1024
LEAST_GROUP, MOST_GROUP = 65_536, 1_048_576
_WIDTHS = {"string": 24}
_LEVEL = {"zstd": 1}


class ParquetTable:
    """The files of one table; rows come in order.

    Parameters
    ----------
    folder
        The directory of the dataset.
    name
        The table's name.
    fields
        Its columns.
    rows
        How many rows it will have: they decide between one file and parts.
    compression
        ``zstd``, ``snappy``, ``gzip`` or ``none``.
    """

    def __init__(self, folder: Path, name: str, fields: Sequence[Field], rows: int, compression: str) -> None:
        self._folder = folder
        self._name = name
        self._fields = list(fields)
        self._compression = compression
        self._parts = rows > PART_ROWS
        self._files: list[File] = []
        self._writer: pq.ParquetWriter | None = None
        self._path = ""
        self._part_rows = 0
        self._group = group_rows(self._fields)
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._schema: pa.Schema | None = None

    def append(self, arrays: Sequence[pa.Array]) -> None:
        """Add rows: an array per column. Strings may come as dictionaries."""
        if self._schema is None:
            self._schema = self._schema_of(arrays)
        columns = [_as(array, field.type) for array, field in zip(arrays, self._schema, strict=True)]
        self._waiting.append(pa.Table.from_arrays(columns, schema=self._schema))
        self._waiting_rows += len(columns[0])
        self._part_rows += len(columns[0])
        while self._waiting_rows >= self._group:
            self._flush(self._group)

    def _schema_of(self, arrays: Sequence[pa.Array]) -> pa.Schema:
        types = [
            array.type if pa.types.is_dictionary(array.type) else field.type
            for array, field in zip(arrays, self._fields, strict=True)
        ]
        return self._plain_schema(types)

    def _plain_schema(self, types: Sequence[pa.DataType]) -> pa.Schema:
        return pa.schema(
            [
                pa.field(field.name, kind, nullable=field.nullable)
                for field, kind in zip(self._fields, types, strict=True)
            ]
        )

    def _flush(self, rows: int) -> None:
        """Write the first rows that wait as a row group."""
        table = pa.concat_tables(self._waiting)
        self._open().write_table(table.slice(0, rows), row_group_size=rows)
        rest = table.slice(rows)
        self._waiting = [rest] if rest.num_rows else []
        self._waiting_rows = rest.num_rows

    def _open(self) -> pq.ParquetWriter:
        if self._writer is None:
            self._path = f"{self._name}/part-{len(self._files):05d}.parquet" if self._parts else f"{self._name}.parquet"
            target = self._folder / self._path
            target.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(target, self._schema, **self._options())
        return self._writer

    def _options(self) -> dict[str, Any]:
        return {
            "compression": self._compression,
            "compression_level": _LEVEL.get(self._compression),
            "use_dictionary": [field.name for field in self._fields if field.layout == "repeated"],
            "column_encoding": {
                field.name: "DELTA_BINARY_PACKED" for field in self._fields if field.layout == "ordered"
            },
            # Arrow's own schema would bring strings back as dictionaries, which is a matter of this file alone
            "store_schema": False,
            "write_page_index": False,
        }

    def end_block(self) -> None:
        """A block is complete: a part may end here."""
        if self._parts and self._part_rows >= PART_ROWS:
            self._end_file()

    def _end_file(self) -> None:
        if self._waiting_rows or self._writer is None:
            self._flush(self._waiting_rows)
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._files.append(described(self._folder, self._path, self._part_rows))
        self._part_rows = 0

    def close(self) -> list[File]:
        """Write what is left and say what was written; a table without rows is a file without rows."""
        if self._schema is None:
            self._schema = self._plain_schema([field.type for field in self._fields])
            self._waiting = [self._schema.empty_table()]
        if self._part_rows or not self._files:
            self._end_file()
        return self._files

    def abandon(self) -> None:
        """Let go of the open file; what was written is no table."""
        writer, self._writer = self._writer, None
        if writer is not None:
            # A row group may be half-written, which the writer complains of; the error that is told is the first one
            with suppress(OSError, pa.ArrowException):
                writer.close()


def _as(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    if array.type == wanted:
        return array
    if pa.types.is_dictionary(array.type) and not pa.types.is_dictionary(wanted):
        return array.cast(wanted)
    if pa.types.is_dictionary(wanted) and not pa.types.is_dictionary(array.type):
        return array.dictionary_encode().cast(wanted)
    return array.cast(wanted)


def group_rows(fields: Sequence[Field]) -> int:
    """Rows of a row group: about `GROUP_BYTES` in memory, a power of two, by the columns alone."""
    width = sum(_WIDTHS.get(str(field.type), 8) for field in fields)
    rows = 1 << ((GROUP_BYTES // max(width, 1)).bit_length() - 1)
    return max(LEAST_GROUP, min(MOST_GROUP, rows))


def described(folder: Path, path: str, rows: int) -> File:
    """A file with its size and digest."""
    target = folder / path
    with target.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return File(path, target.stat().st_size, digest, rows)
