"""A directory of Parquet, anyone's: which files make which table, and the tables' rows in order.

A table is ``<name>.parquet``, or a directory ``<name>/`` of parts, hive partitions ``key=value/`` included. Names that
begin with ``.`` or ``_`` are not data. Links that lead out of the directory are refused; other files are left alone.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from datagen_core.errors import InputError
from datagen_core.sinks.base import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIX = ".parquet"
BATCH_ROWS = 65_536
METADATA = ".metadata.json"


@dataclass(frozen=True)
class StoredTable:
    """A table in Parquet files.

    Parameters
    ----------
    name, files
        The table, and its files in order.
    source
        Its rows.
    rows
        How many there are, by the files' footers.
    primary_key, references
        What the dataset's metadata says of its keys.
    """

    name: str
    files: tuple[Path, ...]
    source: pads.Dataset
    rows: int
    primary_key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """Names and types of its columns; hive partitions are columns."""
        return self.source.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order, some at a time."""
        # Nothing is read ahead: a row group as a whole would be, and others than ours are large
        options = pads.ParquetFragmentScanOptions(pre_buffer=False)
        yield from self.source.to_batches(
            batch_size=BATCH_ROWS, batch_readahead=1, fragment_readahead=1, fragment_scan_options=options
        )


@dataclass(frozen=True)
class Stored:
    """A dataset on the disk.

    Parameters
    ----------
    directory
        Where it lies, without links.
    tables
        Its tables, in the order of its metadata, else by name.
    left
        Files that belong to no table.
    """

    directory: Path
    tables: tuple[StoredTable, ...]
    left: tuple[str, ...] = field(default=())


def stored(directory: str | os.PathLike[str]) -> Stored:
    """The dataset in a directory.

    Raises
    ------
    InputError
        There is no such directory, no table in it, a link leads out of it, or a file can't be read.
    """
    given = Path(directory)
    if not given.is_dir():
        what = "is a file; name the directory of the dataset" if given.exists() else "no such directory"
        raise InputError(f"{directory}: {what}")
    root = given.resolve()
    files, left = _by_table(root, given)
    if not files:
        raise InputError(f"{directory}: no Parquet table is here (<table>.parquet, or a directory of parts)")
    metadata = _metadata(root)
    names = [name for name in metadata if name in files]
    names += sorted(name for name in files if name not in metadata)
    tables = [_table(root, name, files[name], metadata.get(name, {})) for name in names]
    return Stored(root, tuple(tables), tuple(left))


def _by_table(root: Path, given: Path) -> tuple[dict[str, list[Path]], list[str]]:
    whole = _is_partitioned(root)
    files: dict[str, list[Path]] = {}
    left: list[str] = []
    for path in sorted(_walk(root, given), key=lambda path: natural(path.relative_to(root).as_posix())):
        relative = path.relative_to(root)
        table = (root.name or "table") if whole and path.suffix.lower() == SUFFIX else _table_of(relative)
        if table is None:
            left.append(relative.as_posix())
        else:
            files.setdefault(table, []).append(path)
    for name, found in files.items():
        if len({path.relative_to(root).parts[0] for path in found}) > 1 and not whole:
            both = " and ".join(sorted({path.relative_to(root).parts[0] for path in found}))
            raise InputError(f"{given}: two tables of the name {name} ({both})")
    return files, left


def _walk(root: Path, given: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        for name in [*names, *folders]:
            path = Path(folder) / name
            if name.startswith((".", "_")):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                raise InputError(f"{given / path.relative_to(root)}: is a link that leads out of the directory")
            if path.is_file():
                yield path


def _is_partitioned(root: Path) -> bool:
    """Whether the directory itself is one hive-partitioned table: nothing but ``key=value`` in it."""
    entries = [entry for entry in root.iterdir() if not entry.name.startswith((".", "_"))]
    folders = [entry for entry in entries if entry.is_dir()]
    tables = [entry for entry in entries if entry.is_file() and entry.suffix.lower() == SUFFIX]
    return bool(folders) and not tables and all("=" in folder.name for folder in folders)


def _table_of(relative: Path) -> str | None:
    """The table that a file belongs to; None if it is no part of one."""
    *folders, name = relative.parts
    if not name.lower().endswith(SUFFIX) or name.lower() == SUFFIX:
        return None
    if not folders:
        return name[: -len(SUFFIX)]
    head, *rest = folders
    if "=" in head or not all("=" in folder for folder in rest):
        return None
    return head[: -len(SUFFIX)] if head.lower().endswith(SUFFIX) else head


def natural(name: str) -> list[tuple[int, str]]:
    """A key by which ``part-10`` comes after ``part-9``."""
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in re.split(r"(\d+)", name)]


def _table(root: Path, name: str, files: Sequence[Path], known: dict[str, Any]) -> StoredTable:
    schemas = [_schema(path, root) for path in files]
    _refuse_strangers(name, files, schemas)
    try:
        base = root if _is_partitioned(root) else root / files[0].relative_to(root).parts[0]
        parts = pads.HivePartitioning.discover(infer_dictionary=False) if base.is_dir() else None
        options = {"format": "parquet", "partitioning": parts}
        found = pads.dataset([str(path) for path in files], partition_base_dir=str(base), **options)
        partitions = pa.schema([one for one in found.schema if one.name not in set(schemas[0].names)])
        schema = pa.unify_schemas([*schemas, partitions], promote_options="permissive")
        source = pads.dataset([str(path) for path in files], partition_base_dir=str(base), schema=schema, **options)
        rows = source.count_rows()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name}: its files don't make one table: {_one_line(error)}") from error
    columns = set(schema.names)
    key = tuple(str(column) for column in known.get("primary_key", []))
    references = (
        Reference(str(one["columns"][0]), str(one["references"]["table"]), str(one["references"]["columns"][0]))
        for one in known.get("foreign_keys", [])
        if len(one["columns"]) == 1
    )
    held = tuple(one for one in references if one.column in columns)
    return StoredTable(name, tuple(files), source, rows, key if set(key) <= columns else (), held)


def _refuse_strangers(name: str, files: Sequence[Path], schemas: Sequence[pa.Schema]) -> None:
    """Files that hardly share a column are tables of their own, and their directory no table but a dataset."""
    first = set(schemas[0].names)
    for path, schema in zip(files, schemas, strict=True):
        if 2 * len(first & set(schema.names)) < min(len(first), len(schema)):
            two = f"{files[0].name} and {path.name} hardly share a column"
            raise InputError(f"{name}: its files don't make one table: {two}; is it a dataset of its own?")


def _schema(path: Path, root: Path) -> pa.Schema:
    try:
        found = pq.read_schema(path).remove_metadata()
        return pa.schema([one.with_type(_decoded(one.type)) for one in found])
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path.relative_to(root).as_posix()}: can't be read as Parquet: {_one_line(error)}"
        ) from error


def _decoded(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _metadata(root: Path) -> dict[str, dict[str, Any]]:
    """Table → what a generator wrote down of it; empty where there is no metadata that can be read."""
    try:
        content = json.loads((root / METADATA).read_text("utf-8"))
        if not str(content["contract"]).startswith("dataset-metadata/1."):
            return {}
        return {str(table["name"]): _checked(table) for table in content["tables"]}
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return {}


def _checked(table: dict[str, Any]) -> dict[str, Any]:
    """An entry whose keys have the shape that the contract gives them."""
    for one in table.get("foreign_keys", []):
        _ = one["columns"][0], one["references"]["table"], one["references"]["columns"][0]
    _ = [str(column) for column in table.get("primary_key", [])]
    return table
