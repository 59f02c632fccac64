"""Parquet: one file per table, or numbered parts of a directory.

Encodings follow what a column is: sequences, keys and times as differences (``DELTA_BINARY_PACKED``), a dictionary for
what repeats, plain for the rest. zstd at level 1: higher levels cost much time for little space.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from datagen_core.sinks.base import Field, Files, FileTable, Shape, SinkSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GROUP_BYTES = 32 * 1024 * 1024
LEAST_GROUP, MOST_GROUP = 65_536, 1_048_576
DEFAULT_COMPRESSION = "zstd"
_WIDTHS = {"string": 24}
_LEVEL = {"zstd": 1}


class ParquetTable(FileTable):
    """The Parquet files of one table.

    Parameters
    ----------
    folder
        The directory of the dataset.
    shape
        The table.
    compression
        ``zstd``, ``snappy``, ``gzip`` or ``none``.
    """

    suffix = ".parquet"

    def __init__(self, folder: Path, shape: Shape, compression: str = DEFAULT_COMPRESSION) -> None:
        super().__init__(folder, shape)
        self._compression = compression
        self._writer: pq.ParquetWriter | None = None
        self._target: Path | None = None
        self._group = group_rows(shape.fields)
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._schema: pa.Schema | None = None

    def begin(self, target: Path) -> None:
        """Remember where; the first rows say which strings come as dictionaries."""
        self._target = target
        self._schema = None

    def put(self, arrays: Sequence[pa.Array]) -> None:
        """Add rows; a row group is written when there are enough."""
        if self._schema is None:
            self._schema = self._schema_of(arrays)
        columns = [_as(array, field.type) for array, field in zip(arrays, self._schema, strict=True)]
        self._waiting.append(pa.Table.from_arrays(columns, schema=self._schema))
        self._waiting_rows += len(columns[0])
        while self._waiting_rows >= self._group:
            self._flush(self._group)

    def _schema_of(self, arrays: Sequence[pa.Array]) -> pa.Schema:
        types = [
            array.type if pa.types.is_dictionary(array.type) else field.type
            for array, field in zip(arrays, self.shape.fields, strict=True)
        ]
        return self._plain_schema(types)

    def _plain_schema(self, types: Sequence[pa.DataType]) -> pa.Schema:
        return pa.schema(
            [
                pa.field(field.name, kind, nullable=field.nullable)
                for field, kind in zip(self.shape.fields, types, strict=True)
            ]
        )

    def _flush(self, rows: int) -> None:
        """Write the first rows that wait as a row group."""
        table = pa.concat_tables(self._waiting)
        self._open().write_table(table.slice(0, rows), row_group_size=max(rows, 1))
        rest = table.slice(rows)
        self._waiting = [rest] if rest.num_rows else []
        self._waiting_rows = rest.num_rows

    def _open(self) -> pq.ParquetWriter:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._target, self._schema, **self._options())
        return self._writer

    def _options(self) -> dict[str, Any]:
        fields = self.shape.fields
        return {
            "compression": self._compression,
            "compression_level": _LEVEL.get(self._compression),
            "use_dictionary": [field.name for field in fields if field.layout == "repeated"],
            "column_encoding": {field.name: "DELTA_BINARY_PACKED" for field in fields if field.layout == "ordered"},
            # Arrow's own schema would bring strings back as dictionaries, which is a matter of this file alone
            "store_schema": False,
            "write_page_index": False,
        }

    def end(self) -> None:
        """Write what waits and the footer."""
        if self._schema is None:
            self._schema = self._plain_schema([field.type for field in self.shape.fields])
            self._waiting = [self._schema.empty_table()]
        if self._waiting_rows or self._writer is None:
            self._flush(self._waiting_rows)
        if self._writer is not None:
            self._writer.close()
        self._writer = None

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


def _open(folder: Path, compression: str | None) -> Files:
    return Files(lambda shape: ParquetTable(folder, shape, compression or DEFAULT_COMPRESSION))


SPEC = SinkSpec(name="parquet", open=_open)
