"""A directory of tables, read column by column in batches; nothing outside the directory is followed."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as pads

from datagen_core.errors import InputError
from datagen_core.values import TIMESTAMP, Values, from_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from datagen_core.schema.model import Document

BATCH_ROWS = 131_072
CACHE_BYTES = 256 * 1024 * 1024
METADATA = ".metadata.json"
READABLE: dict[str, Any] = {
    "int": pa.types.is_integer,
    "float": lambda kind: pa.types.is_floating(kind) or pa.types.is_decimal(kind),
    "string": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
    "bool": pa.types.is_boolean,
    "datetime": pa.types.is_timestamp,
    "date": pa.types.is_date,
}
"""Which Arrow types hold the values of a column type; a dictionary counts as what it encodes."""


def suits(kind: str, found: pa.DataType) -> bool:
    """Whether an Arrow type holds values of a column type."""
    return bool(READABLE[kind](found.value_type if pa.types.is_dictionary(found) else found))


def as_values(array: pa.Array, kind: str) -> Values:
    """The values of an Arrow array whose type suits the column type."""
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if kind in {"datetime", "date"}:
        array = array.cast(TIMESTAMP, safe=False)
    elif kind == "string":
        array = array.cast(pa.string())
    elif kind in {"int", "float"}:
        array = array.cast(pa.int64() if kind == "int" else pa.float64(), safe=False)
    return from_arrow(array, kind)


@dataclass
class Table:
    """A table's files."""

    name: str
    source: pads.Dataset
    _rows: int | None = field(default=None, init=False)

    @property
    def schema(self) -> pa.Schema:
        """Names and types of its columns."""
        return self.source.schema

    @property
    def rows(self) -> int:
        """Its row count, from the files' footers."""
        if self._rows is None:
            self._rows = self.source.count_rows()
        return self._rows

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows, some at a time, with these columns only."""
        yield from self.source.to_batches(columns=list(columns), batch_size=BATCH_ROWS)

    def column(self, name: str) -> pa.Array:
        """A whole column in one piece."""
        found = self.source.to_table(columns=[name]).column(name)
        return pa.concat_arrays(found.chunks) if found.num_chunks else pa.array([], found.type)


class Dataset:
    """The tables of a document that lie in a directory.

    Parameters
    ----------
    directory
        Where they lie: ``<table>.parquet``, or ``<table>/`` with parts in it.
    document
        Which tables there should be.

    Raises
    ------
    InputError
        There is no such directory, or not one table of the document in it.
    """

    def __init__(self, directory: Path, document: Document) -> None:
        if not directory.is_dir():
            what = "is a file, not a directory of tables" if directory.exists() else "no such directory"
            raise InputError(f"{directory}: {what}")
        self.directory = directory.resolve()
        self.tables: dict[str, Table] = {}
        self.unreadable: dict[str, str] = {}
        for node in document.nodes:
            self._open(node.id)
        if not self.tables and not self.unreadable:
            wanted = ", ".join(f"{node.id}.parquet" for node in document.nodes[:5])
            more = ", …" if len(document.nodes) > 5 else ""
            raise InputError(f"{directory}: none of the document's tables is here ({wanted}{more})")
        self._cache: OrderedDict[tuple[str, str], Values] = OrderedDict()

    def _open(self, name: str) -> None:
        try:
            files = self._files(name)
            if files:
                table = Table(name, pads.dataset(files, format="parquet", partitioning=self._partitions(name)))
                table.rows  # noqa: B018 - reads every footer, so that a truncated file is found here
                self.tables[name] = table
        except (pa.ArrowException, OSError) as broken:
            self.unreadable[name] = " ".join(str(broken).split())

    def _partitions(self, name: str) -> pads.PartitioningFactory | None:
        base = self.directory / name
        return pads.HivePartitioning.discover(infer_dictionary=False) if base.is_dir() else None

    def _files(self, name: str) -> list[str]:
        """The table's files in their order; hidden ones and links that lead out of the directory are no data."""
        single = self.directory / f"{name}.parquet"
        found = [single] if single.is_file() else sorted((self.directory / name).rglob("*.parquet"))
        inside = [path for path in found if self._visible(path) and path.resolve().is_relative_to(self.directory)]
        return [str(path) for path in inside]

    def _visible(self, path: Path) -> bool:
        return not any(part.startswith((".", "_")) for part in path.relative_to(self.directory).parts[:-1])

    def values(self, table: str, column: str, kind: str) -> Values:
        """A whole column as values of its declared type; what was read last is kept, up to `CACHE_BYTES`."""
        key = (table, column)
        if key not in self._cache:
            self._cache[key] = as_values(self.tables[table].column(column), kind)
            while len(self._cache) > 1 and sum(_bytes(values) for values in self._cache.values()) > CACHE_BYTES:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return self._cache[key]

    def metadata_rows(self) -> dict[str, int]:
        """Rows per table as the generator wrote them down; empty where there is no (readable) `.metadata.json`."""
        path = self.directory / METADATA
        if not path.is_file():
            return {}
        try:
            tables = json.loads(path.read_text(encoding="utf-8")).get("tables", [])
            return {entry["name"]: int(entry["rows"]) for entry in tables}
        except (ValueError, KeyError, TypeError, AttributeError):
            return {}


def _bytes(values: Values) -> int:
    return int(values.data.nbytes)
